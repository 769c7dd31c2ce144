# Satterthwaite's and Kenward-Roger's degrees of freedom (lmerTest, pbkrtest) and profile intervals (lme4)
# for structures that the results of 01_gaussian.R lack: nested, crossed with slopes, uncorrelated,
# unbalanced, singular. Run in this folder. `rows`: only the first rows of the data set are used.
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest); library(jsonlite)})
rd <- function(name){ f <- paste0("../data/", name, ".csv"); if(!file.exists(f)) f <- paste0(f, ".gz"); read.csv(f) }
tight <- lmerControl(optimizer="bobyqa", optCtrl=list(rhobeg=2e-2, rhoend=1e-9, maxfun=2e5), check.conv.singular="ignore")
case <- function(data, rows, formula, profile=FALSE, edit=identity, kr=TRUE, satt=TRUE){
  d <- edit(head(rd(data), rows))
  m <- lmerTest::lmer(as.formula(formula), d, control=tight)
  ml <- lmerTest::lmer(as.formula(formula), d, REML=FALSE, control=tight)
  pick <- function(m, ddf){ t <- summary(m, ddf=ddf)$coefficients; list(names=rownames(t), se=t[,"Std. Error"], df=t[,"df"]) }
  r <- list(data=data, rows=nrow(d), formula=formula, deviance=-2*as.numeric(logLik(m)), singular=isSingular(m))
  if(satt){ r$satterthwaite <- pick(m, "Satterthwaite"); r$satterthwaite_ml <- pick(ml, "Satterthwaite") }
  if(kr) r$kenward_roger <- pick(m, "Kenward-Roger")
  if(profile){ ml <- lme4::lmer(as.formula(formula), d, REML=FALSE, control=tight)
    p <- confint(ml, method="profile", oldNames=FALSE, quiet=TRUE, devtol=1e-6)
    r$profile <- lapply(rownames(p), function(n) list(name=n, low=p[n,1], high=p[n,2])) }
  cat(formula, "\n"); r }
centred <- function(d){ d$reaction <- d$reaction - ave(d$reaction, d$subject); d }
cases <- list(
  uncorrelated=case("sleepstudy", 180, "reaction ~ days + (days || subject)"),
  unbalanced=case("exam", 600, "normexam ~ standlrt + (standlrt | school)", TRUE),
  nested=case("egsingle", 400, "math ~ year + (1 | school/child)", TRUE),
  nested_slopes=case("egsingle", 400, "math ~ year + (year | child) + (1 | school)"),
  crossed=case("scotssec", 1500, "attain ~ verbal + female + (1 | primary) + (1 | secondary)", TRUE),
  crossed_slopes=case("scotssec", 1500, "attain ~ verbal + (verbal | primary) + (verbal || secondary)", kr=TRUE),
  zero_variance=case("sleepstudy", 180, "reaction ~ days + (1 | subject)", edit=centred),
  correlation_one=case("sleepstudy", 180, "reaction ~ days + (days | subject)", edit=centred))
write_json(list(engine="lmerTest, pbkrtest, lme4::confint", versions=lapply(c(lme4="lme4", lmerTest="lmerTest", pbkrtest="pbkrtest"),
           function(p) as.character(packageVersion(p))), R=R.version.string, cases=cases),
           "../results/degrees__structures.json", auto_unbox=TRUE, digits=NA, pretty=TRUE)
