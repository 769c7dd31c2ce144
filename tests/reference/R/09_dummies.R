# Regression with a dummy for each group, by lm. Needs jsonlite and the data sets of the package.
suppressMessages(library(jsonlite))
RES <- "../results"; FILES <- "../../../mlmbook/data/files"
hsb82 <- read.csv(file.path(FILES, "hsb82.csv.gz"))
hsb82$sector <- factor(hsb82$sector, levels = c("Public", "Catholic"))
one <- function(formula, data) {
  m <- lm(formula, data)
  keep <- !grepl("^factor|Intercept", names(coef(m))) & !is.na(coef(m))
  used <- names(coef(m))[keep]
  list(formula = deparse(formula), coef = as.list(coef(m)[keep]),
    se = as.list(sqrt(diag(vcov(m)))[used]), vcov = vcov(m)[used, used, drop = FALSE],
    sigma = sigma(m), df = m$df.residual, loglik = as.numeric(logLik(m)), aic = AIC(m),
    bic = BIC(m), fitted = unname(fitted(m)[1:5]), omitted = names(coef(m))[is.na(coef(m))])
}
fits <- list(
  hsb82_two = one(mathach ~ ses + minority + factor(school), hsb82),
  hsb82_cross = one(mathach ~ factor(school) + ses + ses:sector + sector, hsb82))
write_json(list(id = "dummies", kind = "fixed effects by lm", fits = fits,
  versions = list(R = R.version.string)), file.path(RES, "dummies.json"),
  auto_unbox = TRUE, digits = NA, pretty = TRUE)
