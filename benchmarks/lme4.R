# Time lmer on every CSV file named in cases.json; write the seconds and the deviances.
suppressMessages({library(lme4); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
cases <- fromJSON(file.path(folder, "cases.json"))
out <- lapply(seq_len(nrow(cases)), function(i) {
  data <- read.csv(file.path(folder, cases$file[i]), na.strings = "", stringsAsFactors = TRUE)
  for (name in cases$groups[[i]]) data[[name]] <- factor(data[[name]])
  formula <- as.formula(cases$formula[i])
  seconds <- numeric(cases$repeats[i])
  for (r in seq_along(seconds)) {
    gc(FALSE)
    start <- proc.time()
    fit <- suppressMessages(suppressWarnings(lmer(formula, data)))
    se <- sqrt(diag(as.matrix(vcov(fit)))); vc <- as.data.frame(VarCorr(fit))
    seconds[r] <- sum((proc.time() - start)[1:2])
  }
  list(seconds = seconds, deviance = -2 * as.numeric(logLik(fit)))
})
info <- list(R = R.version.string, lme4 = as.character(packageVersion("lme4")))
write_json(list(results = out, versions = info), file.path(folder, "lme4.json"), auto_unbox = TRUE, digits = NA)
