# Time lme4 or nlme on every CSV file named in cases.json: Rscript models.R FOLDER SYSTEM.
# Writes the seconds of the processor, the deviance and the fixed effects to SYSTEM.json.
arguments <- commandArgs(TRUE)
folder <- arguments[1]
system <- arguments[2]
suppressMessages({library(system, character.only = TRUE); library(jsonlite)})
cases <- fromJSON(file.path(folder, "cases.json"))

fit_lme4 <- function(case, data) {
  fit <- lmer(as.formula(case$formula), data)
  components <- as.data.frame(VarCorr(fit))
  list(fit = fit, fixed = fixef(fit), se = sqrt(diag(as.matrix(vcov(fit)))))
}
fit_nlme <- function(case, data) {
  call <- parse(text = sprintf("lme(%s, data = data)", case$nlme))
  fit <- eval(call)
  components <- VarCorr(fit)
  list(fit = fit, fixed = fixef(fit), se = sqrt(diag(vcov(fit))))
}
refused <- function(case) {
  if (system == "lme4" && case$level1) return("no model for the residuals")
  if (system == "nlme" && startsWith(case$nlme, "-")) return(substring(case$nlme, 3))
  NULL
}
seconds_of <- function(expression) {
  gc(FALSE)
  start <- proc.time()
  force(expression)
  sum((proc.time() - start)[1:2])
}

results <- lapply(seq_len(nrow(cases)), function(i) {
  case <- cases[i, ]
  reason <- refused(case)
  if (!is.null(reason)) return(list(missing = reason))
  data <- read.csv(file.path(folder, case$file), na.strings = "", stringsAsFactors = TRUE)
  for (name in case$groups[[1]]) data[[name]] <- factor(data[[name]])
  run <- function() suppressMessages(suppressWarnings(
    if (system == "lme4") fit_lme4(case, data) else fit_nlme(case, data)))
  made <- tryCatch({first <- seconds_of(made <- run()); made},
                   error = function(e) conditionMessage(e))
  if (is.character(made)) return(list(missing = paste("failed:", made)))
  repeats <- if (first > 5) 3 else if (first > 0.5) min(7, case$repeats) else case$repeats
  seconds <- vapply(seq_len(repeats), function(r) seconds_of(run()), 0)
  list(seconds = seconds, deviance = -2 * as.numeric(logLik(made$fit)),
       fixed = as.list(made$fixed), se = as.list(made$se))
})
versions <- list(R = paste(R.version$major, R.version$minor, sep = "."))
versions[[system]] <- as.character(packageVersion(system))
write_json(list(results = results, versions = versions), file.path(folder, paste0(system, ".json")),
           auto_unbox = TRUE, digits = NA)
