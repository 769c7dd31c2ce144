# Cluster-robust standard errors and Bell-McCaffrey degrees of freedom, by clubSandwich.
# Run in this folder: Rscript 05_robust.R
suppressMessages({library(nlme); library(clubSandwich); library(jsonlite)})
read <- function(name) { f <- paste0("../data/", name, ".csv")
  read.csv(if (file.exists(f)) f else paste0(f, ".gz"), na.strings = "", stringsAsFactors = FALSE) }
TIGHT <- lmeControl(opt = "nlminb", maxIter = 500, msMaxIter = 1000, msMaxEval = 5000,
                    tolerance = 1e-10, msTol = 1e-12, niterEM = 50)
table_of <- function(model) {
  rows <- list()
  for (kind in c("CR0", "CR2")) {
    test <- coef_test(model, vcov = kind, test = "Satterthwaite")
    rows[[kind]] <- list(names = rownames(test), estimate = test$beta, se = test$SE,
                         df = if (is.null(test$df_Satt)) test$df else test$df_Satt,
                         p = if (is.null(test$p_Satt)) test$p_val else test$p_Satt)
  }
  rows
}

sleep <- read("sleepstudy"); sleep$subject <- factor(sleep$subject)
ortho <- read("orthodont"); ortho$subject <- factor(ortho$subject, levels = unique(ortho$subject))
ortho$sex <- factor(ortho$sex, levels = c("Male", "Female")); ortho$age11 <- ortho$age - 11
hsb <- read("hsb82"); hsb$school <- factor(hsb$school)
hsb$sector <- factor(hsb$sector, levels = c("Public", "Catholic"))

fits <- list(
  sleepstudy__slopes = table_of(lme(reaction ~ days, random = ~ days | subject, data = sleep,
                                    control = TIGHT)),
  orthodont__sex = table_of(lme(distance ~ age11 * sex, random = ~ 1 | subject, data = ortho,
                                control = TIGHT)),
  orthodont__strata = table_of(lme(distance ~ age11 * sex, random = ~ 1 | subject, data = ortho,
                                   weights = varIdent(form = ~ 1 | sex), control = TIGHT)),
  orthodont__ar1 = table_of(lme(distance ~ age11 * sex, random = ~ 1 | subject, data = ortho,
                                correlation = corAR1(form = ~ 1 | subject), control = TIGHT)),
  orthodont__marginal_ar1 = table_of(gls(distance ~ age11 * sex, data = ortho,
                                         correlation = corAR1(form = ~ 1 | subject),
                                         control = glsControl(tolerance = 1e-10, msTol = 1e-12))),
  hsb82__contextual = table_of(lme(mathach ~ ses * sector, random = ~ 1 | school, data = hsb,
                                   control = TIGHT)))
versions <- list(R = R.version.string, nlme = as.character(packageVersion("nlme")),
                 clubSandwich = as.character(packageVersion("clubSandwich")))
write_json(list(id = "robust__structures", kind = "cluster_robust", engine = "clubSandwich::coef_test",
                preparation = "orthodont: age11 = age - 11, sex Male first; hsb82: sector Public first",
                fits = fits, versions = versions),
           "../results/robust__structures.json", auto_unbox = TRUE, digits = NA, pretty = TRUE)
