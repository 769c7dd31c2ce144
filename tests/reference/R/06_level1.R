# Level-1 structures in combination, weights and offsets (nlme, lme4). Run in this folder.
# Every lme fit is the best of several starts and both optimizers at tight tolerance.
source("common.R")
best_of <- function(fits) { fits <- Filter(function(f) !inherits(f, "try-error"), fits)
  fits[[which.max(vapply(fits, function(f) as.numeric(logLik(f)), 0))]] }
controls <- list(LC, lmeControl(opt = "optim", maxIter = 500, msMaxIter = 2000, niterEM = 100,
                                tolerance = 1e-10, msTol = 1e-12, reltol = 1e-14, returnObject = TRUE))
several <- function(make) best_of(lapply(controls, function(ctl) try(make(ctl), silent = TRUE)))
extras <- function(model) list(
  pearson = unname(as.numeric(resid(model, type = "pearson")[1:8])),
  normalized = unname(as.numeric(resid(model, type = "normalized")[1:8])))
level1 <- function(id, dataset, title, make, call, prep = NULL) {
  mods <- list(); fits <- list()
  for (M in c("REML", "ML")) {
    m <- several(function(ctl) make(M, ctl)); mods[[M]] <- m
    fits[[M]] <- if (inherits(m, "lme")) ext_lme(m) else ext_gls(m)
    fits[[M]]$residuals <- extras(m)
  }
  save_ref(id, "level1_combination", dataset, title, call = call, preparation = prep,
           engine = if (inherits(mods[[1]], "lme")) "nlme::lme" else "nlme::gls", fits = fits,
           packages = pk("nlme"))
}
exam <- rd("exam"); exam$school <- factor(exam$school)
exam$w <- 1 + (seq_len(nrow(exam)) - 1) %% 4; exam$invw <- 1 / exam$w
level1("exam__hetero_two", "exam", "A level-1 variance for each combination of two factors",
  function(M, ctl) lme(normexam ~ standlrt + girl, random = ~ 1 | school, data = exam, method = M,
    weights = varIdent(form = ~ 1 | girl * schgend), control = ctl),
  "lme(normexam~standlrt+girl, random=~1|school, weights=varIdent(form=~1|girl*schgend))")

ortho <- rd("orthodont"); ortho$subject <- factor(ortho$subject, levels = unique(ortho$subject))
ortho$sex <- factor(ortho$sex, levels = c("Male", "Female")); ortho$age11 <- ortho$age - 11
ortho$occ <- (ortho$age - 8) / 2 + 1
P <- "age11 = age - 11; occ = (age - 8)/2 + 1; sex Male first"
level1("orthodont__hetero_ar1", "orthodont", "A variance for each sex, and AR(1)",
  function(M, ctl) lme(distance ~ age11 * sex, random = ~ 1 | subject, data = ortho, method = M,
    weights = varIdent(form = ~ 1 | sex), correlation = corAR1(form = ~ occ | subject), control = ctl),
  "lme(distance~age11*sex, random=~1|subject, weights=varIdent(form=~1|sex), correlation=corAR1(form=~occ|subject))", P)
level1("orthodont__hetero_symmetry", "orthodont", "A variance for each sex, and compound symmetry",
  function(M, ctl) gls(distance ~ age11 * sex, data = ortho, method = M,
    weights = varIdent(form = ~ 1 | sex), correlation = corCompSymm(form = ~ 1 | subject), control = GC),
  "gls(distance~age11*sex, weights=varIdent(form=~1|sex), correlation=corCompSymm(form=~1|subject))", P)
gone <- ortho[-c(3, 10, 11, 29, 50, 72, 73, 100), ]
level1("orthodont__unstructured_missing", "orthodont", "Unstructured covariance, occasions missing",
  function(M, ctl) gls(distance ~ age11 * sex, data = gone, method = M,
    weights = varIdent(form = ~ 1 | occ), correlation = corSymm(form = ~ occ | subject), control = GC),
  "gls(distance~age11*sex, weights=varIdent(form=~1|occ), correlation=corSymm(form=~occ|subject))",
  paste0(P, "; rows 3, 10, 11, 29, 50, 72, 73, 100 (from one) dropped"))

bw <- rd("bodyweight"); bw$rat <- factor(bw$rat); bw$diet <- factor(bw$diet)
level1("bodyweight__varpower_time_ar1", "bodyweight", "Power of time, and AR(1) in continuous time",
  function(M, ctl) lme(weight ~ time * diet, random = ~ 1 | rat, data = bw, method = M,
    weights = varPower(form = ~ time), correlation = corCAR1(value = 0.9, form = ~ time | rat), control = ctl),
  "lme(weight~time*diet, random=~1|rat, weights=varPower(form=~time), correlation=corCAR1(form=~time|rat))")
few <- bw[bw$time != 15 & !(bw$rat == "3" & bw$time == 44), ]
level1("bodyweight__gaps", "bodyweight", "AR(1) in continuous time, with gaps",
  function(M, ctl) lme(weight ~ time * diet, random = ~ 1 | rat, data = few, method = M,
    correlation = corCAR1(value = 0.9, form = ~ time | rat), control = ctl),
  "lme(weight~time*diet, random=~1|rat, correlation=corCAR1(form=~time|rat))",
  "rows with time 15, and that of rat 3 at time 44, dropped")
level1("exam__weights_hetero", "exam", "Known weights times a variance for each sex",
  function(M, ctl) lme(normexam ~ standlrt + girl, random = ~ 1 | school, data = exam, method = M,
    weights = varComb(varFixed(~ invw), varIdent(form = ~ 1 | girl)), control = ctl),
  "lme(normexam~standlrt+girl, random=~1|school, weights=varComb(varFixed(~invw), varIdent(form=~1|girl)))",
  "w = 1 + row number modulo 4 (rows from zero); invw = 1/w")

# lme4: weights with random slopes, an offset, and both with crossed factors
sleep <- rd("sleepstudy"); sleep$subject <- factor(sleep$subject)
sleep$w <- 1 + (seq_len(nrow(sleep)) - 1) %% 4; sleep$known <- 5 * sleep$days
ref_lmer("sleepstudy__weights", "weights", "sleepstudy", "Precision weights, random slopes",
  reaction ~ days + (days | subject), sleep, weights = sleep$w,
  prep = "w = 1 + row number modulo 4 (rows from zero)")
ref_lmer("sleepstudy__offset", "offset", "sleepstudy", "An offset",
  reaction ~ days + offset(known) + (days | subject), sleep, prep = "known = 5 * days")
pen <- rd("penicillin"); pen$plate <- factor(pen$plate); pen$sample <- factor(pen$sample)
pen$w <- 1 + (seq_len(nrow(pen)) - 1) %% 4
ref_lmer("penicillin__weights", "weights", "penicillin", "Precision weights, crossed factors",
  diameter ~ 1 + (1 | plate) + (1 | sample), pen, weights = pen$w,
  prep = "w = 1 + row number modulo 4 (rows from zero)")
