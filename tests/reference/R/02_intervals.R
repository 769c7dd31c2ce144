# Wald intervals of variance components by nlme, which takes them on the same scales:
# logarithms of standard deviations, Fisher's z of correlations. Run in this folder.
suppressMessages({library(nlme); library(jsonlite)})
d <- read.csv("../data/sleepstudy.csv"); d$subject <- factor(d$subject)
h <- read.csv("../data/hsb82.csv"); h$school <- factor(h$school)
control <- lmeControl(msTol=1e-12, tolerance=1e-10, apVar=TRUE, .relStep=1e-4, opt="nlminb")
fits <- list(
  "reaction ~ days + (1 | subject)"    = list(data="sleepstudy", lme(reaction ~ days, random=~1|subject, d, control=control)),
  "reaction ~ days + (days | subject)" = list(data="sleepstudy", lme(reaction ~ days, random=~days|subject, d, control=control)),
  "mathach ~ cses + (cses | school)"   = list(data="hsb82", lme(mathach ~ cses, random=~cses|school, h, control=control)))
table <- function(m) { i <- intervals(m, which="var-cov"); r <- i$reStruct[[1]]; s <- i$sigma
  rows <- c(lapply(rownames(r), function(n) list(name=n, lower=r[n,1], estimate=r[n,2], upper=r[n,3])),
            list(list(name="sigma", lower=s[[1]], estimate=s[[2]], upper=s[[3]]))); rows }
out <- lapply(fits, function(f) list(data=f[[1]], reml=TRUE, intervals=table(f[[2]])))
write_json(list(engine="nlme::intervals", versions=list(R=R.version.string, nlme=as.character(packageVersion("nlme"))), models=out),
           "../results/wald__nlme_intervals.json", auto_unbox=TRUE, digits=NA, pretty=TRUE)
