# Power: in closed form for a trial that treats whole groups (power.t.test on group means), and by
# simulation with lmerTest for a growth model (what simr does). Needs lme4, lmerTest, jsonlite.
suppressMessages({library(lme4); library(lmerTest); library(jsonlite)})
RES <- "../results"

# ---- closed form: two arms of J/2 groups, means of m people, sd sqrt(var_u0 + var_e/m) --------
designs <- expand.grid(J = c(10, 20, 40), m = c(5, 20), var_u0 = c(0.1, 0.3), effect = 0.6)
designs$var_e <- 1 - designs$var_u0
designs$power <- apply(designs, 1, function(d) power.t.test(n = d[["J"]] / 2, delta = d[["effect"]],
  sd = sqrt(d[["var_u0"]] + d[["var_e"]] / d[["m"]]), sig.level = 0.05, strict = TRUE)$power)

# ---- simulation: sleepstudy, weaker effect, and its first five days ----------------------------
draws <- 1000
smaller <- Reaction ~ Days + (1 | Subject)
study <- function(data, formula, beta, theta, sigma, seed) {
  model <- lmerTest::lmer(formula, data, control = lmerControl(calc.derivs = FALSE))
  y <- simulate(as(model, "lmerMod"), nsim = draws, seed = seed,
    newparams = list(beta = beta, theta = theta, sigma = sigma))
  results <- vapply(seq_len(draws), function(i) suppressMessages(suppressWarnings({
    again <- data; again$Reaction <- y[[i]]
    m <- update(model, data = again)
    slope <- summary(m)$coefficients["Days", "Pr(>|t|)"] < 0.05
    chisq <- max(0, as.numeric(2 * (logLik(m) - logLik(lme4::lmer(smaller, again)))))
    p <- mean(pchisq(chisq, c(1, 2), lower.tail = FALSE))
    c(slope, p < 0.05, isSingular(m, tol = 1e-4))
  })), c(0, 0, 0))
  list(draws = draws, beta = beta, theta = theta, sigma = sigma, rejected_slope = sum(results[1, ]),
    rejected_variance = sum(results[2, ]), singular = sum(results[3, ]))
}
data(sleepstudy)
formula <- Reaction ~ Days + (Days | Subject)
truth <- list(beta = c(250, 4), theta = c(0.9, 0.05, 0.25), sigma = 25)
full <- do.call(study, c(list(sleepstudy, formula), truth, seed = 1))
truth$theta[3] <- 0.35
short <- do.call(study, c(list(subset(sleepstudy, Days < 5), formula), truth, seed = 2))

write_json(list(id = "power", kind = "power", closed_form = designs,
  simulated = list(all_days = full, days_below_5 = short),
  versions = list(R = R.version.string, lme4 = as.character(packageVersion("lme4")),
    lmerTest = as.character(packageVersion("lmerTest")))),
  file.path(RES, "power.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE)
