# Robinson's correlations over people (phi) and over states, on the total population of the 1930 census.
source("common.R")
il <- rd("illiteracy30")
for (v in names(il)[-1]) il[[v]] <- as.numeric(il[[v]])
phi <- function(a, b, c, d) (a * d - b * c) / sqrt((a + b) * (c + d) * (a + c) * (b + d))

white <- sum(il$nwhite + il$fpwhite + il$fbwhite)
white_il <- sum(il$nwhite_il + il$fpwhite_il + il$fbwhite_il)
black <- sum(il$black)
black_il <- sum(il$black_il)
foreign <- sum(il$fbwhite)
foreign_il <- sum(il$fbwhite_il)
rest <- sum(il$pop) - foreign
rest_il <- sum(il$pop_il) - foreign_il
pb <- il$black / il$pop
pf <- il$fbwhite / il$pop
pi_ <- il$pop_il / il$pop
state <- il$state != "District of Columbia"

save_ref("illiteracy30__ecological", "ecological_fallacy", "illiteracy30",
  "Robinson (1950): individual (phi) and ecological correlations, race and nativity by illiteracy, 48 states + DC",
  preparation = "pi = pop_il/pop; pb = black/pop; pf = fbwhite/pop; white = nwhite+fpwhite+fbwhite",
  individual_phi_race_black_vs_white = phi(black_il, black - black_il, white_il, white - white_il),
  ecological_r_race_unweighted = cor(pb, pi_),
  forty_eight_states = list(race = cor(pb[state], pi_[state]), foreign = cor(pf[state], pi_[state])),
  ecological_r_race_weighted = cov.wt(cbind(pb, pi_), wt = il$pop, cor = TRUE)$cor[1, 2],
  individual_phi_foreign_vs_rest = phi(foreign_il, foreign - foreign_il, rest_il, rest - rest_il),
  ecological_r_foreign_unweighted = cor(pf, pi_),
  ecological_r_foreign_weighted = cov.wt(cbind(pf, pi_), wt = il$pop, cor = TRUE)$cor[1, 2],
  ols_unweighted_foreign = nl(coef(lm(pi_ ~ pf))),
  ols_weighted_foreign = nl(coef(lm(pi_ ~ pf, weights = il$pop))),
  goodman_weighted_race = nl(coef(lm(pi_ ~ pb, weights = il$pop))))
