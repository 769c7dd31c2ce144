# Inference for models with a level-1 structure, weights or an offset, and tests of whole terms.
# `intervals`: nlme, on its own scales (logarithms of SDs and ratios, Fisher's z of correlations).
# `degrees`: where lme4 can write the same model. A second level-1 variance that is larger is an effect
# of each row that only the rows of that stratum have; compound symmetry is a random intercept.
# `gls`: Satterthwaite's degrees of freedom by emmeans. `anova`: lmerTest (its denominators by pbkrtest too).
# Run in this folder; data sets in ../data.
suppressMessages({library(nlme); library(lme4); library(lmerTest); library(pbkrtest); library(jsonlite); library(emmeans)})
rd <- function(name){ f <- paste0("../data/", name, ".csv"); if(!file.exists(f)) f <- paste0(f, ".gz"); read.csv(f) }
all_fits <- function(step){ # the error of nlme's second derivatives is proportional to the step: two steps show the limit
LC <- lmeControl(msTol=1e-12, tolerance=1e-10, opt="nlminb", .relStep=step, maxIter=500, msMaxIter=1000)
GC <- glsControl(msTol=1e-12, tolerance=1e-10, opt="nlminb", .relStep=step, maxIter=500, msMaxIter=1000)
fits_at(LC, GC) }
exam <- rd("exam"); exam$school <- factor(exam$school); exam$girl <- factor(exam$girl)
ort <- rd("orthodont"); ort$subject <- factor(ort$subject); ort$sex <- factor(ort$sex, c("Male","Female")); ort$age11 <- ort$age - 11; ort$occ <- (ort$age - 8)/2 + 1
body <- rd("bodyweight"); body$rat <- factor(body$rat); body$diet <- factor(body$diet)
ov <- rd("ovary"); ov$mare <- factor(ov$mare); ov$s1 <- sin(2*pi*ov$time); ov$c1 <- cos(2*pi*ov$time)
sleep <- rd("sleepstudy"); sleep$subject <- factor(sleep$subject)
fits_at <- function(LC, GC) list(
  exam__hetero_gender=lme(normexam ~ standlrt + girl, random=~standlrt|school, weights=varIdent(form=~1|girl), data=exam, control=LC),
  orthodont__hetero_sex=lme(distance ~ age11*sex, random=~age11|subject, weights=varIdent(form=~1|sex), data=ort, control=LC),
  bodyweight__varpower_time=lme(weight ~ time*diet, random=~time|rat, weights=varPower(form=~time), data=body, control=LC),
  sleepstudy__ri_ar1=lme(reaction ~ days, random=~1|subject, correlation=corAR1(form=~days|subject), data=sleep, control=LC),
  orthodont__compound_symmetry=gls(distance ~ age11*sex, correlation=corCompSymm(form=~1|subject), data=ort, control=GC),
  orthodont__unstructured=gls(distance ~ age11*sex, correlation=corSymm(form=~occ|subject), weights=varIdent(form=~1|occ), data=ort, control=GC),
  orthodont__marginal_ar1=gls(distance ~ age11*sex, correlation=corAR1(form=~occ|subject), data=ort, control=GC),
  sleepstudy__power_ar1=lme(reaction ~ days, random=~1|subject, weights=varPower(form=~I(days+1)), correlation=corAR1(form=~days|subject), data=sleep, control=LC))
part <- function(i, which) if(is.null(i[[which]])) NULL else { r <- i[[which]]; if(is.list(r) && !is.data.frame(r)) r <- r[[1]]; r <- as.matrix(r)
  lapply(rownames(r), function(n) list(part=which, name=n, lower=r[n,1], estimate=r[n,2], upper=r[n,3])) }
table <- function(m){ i <- tryCatch(intervals(m, which="var-cov"), error=function(e) NULL); if(is.null(i)) return(list(failed=TRUE, apVar=as.character(m$apVar)))
  c(part(i,"reStruct"), part(i,"corStruct"), part(i,"varStruct"), list(list(part="sigma", name="sigma", lower=i$sigma[[1]], estimate=i$sigma[[2]], upper=i$sigma[[3]]))) }
fits <- all_fits(1e-4); coarse <- all_fits(1e-3)
intervals_out <- lapply(names(fits), function(n) list(minus2loglik=-2*as.numeric(logLik(fits[[n]])), intervals=table(fits[[n]]), ten_times_the_step=table(coarse[[n]])))
names(intervals_out) <- names(fits)
cat("intervals\n")

tight <- lmerControl(optimizer="bobyqa", optCtrl=list(rhobeg=2e-2, rhoend=1e-9, maxfun=2e5), check.nobs.vs.nlev="ignore", check.nobs.vs.nRE="ignore", check.conv.singular="ignore")
pick <- function(m, ddf){ t <- summary(m, ddf=ddf)$coefficients; list(names=rownames(t), estimate=t[,1], se=t[,"Std. Error"], df=t[,"df"]) }
sleep$w <- 1 + (sleep$days %% 3); sleep$o <- 5*sleep$days - 2*(sleep$days %% 2)
sleep <- transform(sleep, yw=reaction*sqrt(w), onew=sqrt(w), daysw=days*sqrt(w))
ort$male <- as.numeric(ort$sex == "Male"); ort$row <- factor(seq_len(nrow(ort)))
exam$female <- as.numeric(exam$girl == "1"); exam$row <- factor(seq_len(nrow(exam)))
few <- exam[1:600,]
profile_of <- function(m){ p <- confint(m, method="profile", oldNames=FALSE, quiet=TRUE, devtol=1e-6); lapply(rownames(p), function(n) list(name=n, low=p[n,1], high=p[n,2])) }
models <- list(
  weights=lmerTest::lmer(reaction ~ days + (days|subject), sleep, weights=w, control=tight),
  weights_by_hand=lmerTest::lmer(yw ~ 0 + onew + daysw + (0 + onew + daysw|subject), sleep, control=tight),
  offset=lmerTest::lmer(reaction ~ days + (days|subject) + offset(o), sleep, control=tight),
  hetero_sex=lmerTest::lmer(distance ~ age11*sex + (1|subject) + (0+male|row), ort, control=tight),
  hetero_girl=lmerTest::lmer(normexam ~ standlrt + girl + (standlrt|school) + (0+female|row), few, control=tight),
  compound=lmerTest::lmer(distance ~ age11*sex + (1|subject), ort, control=tight))
degrees <- lapply(models, function(m) { r <- list(deviance=-2*as.numeric(logLik(m)), satterthwaite=pick(m,"Satterthwaite"), kenward_roger=pick(m,"Kenward-Roger")); r })
degrees$weights$kenward_roger <- NULL # pbkrtest takes weights for one; by hand the same model has none
degrees$weights_by_hand$profile <- profile_of(lme4::lmer(yw ~ 0 + onew + daysw + (0 + onew + daysw|subject), sleep, REML=FALSE, control=tight))
degrees$compound$profile <- profile_of(lme4::lmer(distance ~ age11*sex + (1|subject), ort, REML=FALSE, control=tight))
cat("degrees\n")

gls_df <- function(m){ e <- suppressWarnings(emtrends(m, ~sex, var="age11", mode="satterthwaite"))
  s <- as.data.frame(summary(e)); list(sex=as.character(s$sex), trend=s[["age11.trend"]], se=s$SE, df=s$df) }
set.seed(11) # emmeans perturbs the data
gls_out <- lapply(fits[c("orthodont__compound_symmetry","orthodont__marginal_ar1")], function(m) tryCatch(gls_df(m), error=function(e) list(failed=conditionMessage(e))))
cat("gls\n")

tab <- function(m, type, ddf){ a <- as.data.frame(anova(m, type=type, ddf=ddf)); list(type=type, terms=rownames(a), sum_sq=a[["Sum Sq"]], num_df=a$NumDF, den_df=a$DenDF, statistic=a[["F value"]], p=a[["Pr(>F)"]]) }
egs <- head(rd("egsingle"), 1500); egs$child <- factor(egs$child); egs$school <- factor(egs$school)
ort$age_f <- factor(ort$age)
set.seed(5); rail <- exam[1:900,]; rail$band <- factor(c("low","mid","high")[rail$schav_band <- 1 + (seq_len(900) %% 3)], c("low","mid","high"))
terms3 <- list(
  orthodont=list(data="orthodont", formula="distance ~ age11 * sex + (age11 | subject)", m=lmerTest::lmer(distance ~ age11*sex + (age11|subject), ort, control=tight)),
  orthodont_factor=list(data="orthodont", formula="distance ~ age_f * sex + (1 | subject)", m=lmerTest::lmer(distance ~ age_f*sex + (1|subject), ort, control=tight)),
  exam=list(data="exam", formula="normexam ~ standlrt * schgend + girl + (standlrt | school)", m=lmerTest::lmer(normexam ~ standlrt*schgend + girl + (standlrt|school), exam[1:900,], control=tight)),
  exam_factors=list(data="exam", formula="normexam ~ band * schgend + standlrt + (1 | school)", m=lmerTest::lmer(normexam ~ band*schgend + standlrt + (1|school), rail, control=tight)),
  sleepstudy=list(data="sleepstudy", formula="reaction ~ days + I(days**2) + (days | subject)", m=lmerTest::lmer(reaction ~ days + I(days^2) + (days|subject), sleep, control=tight)))
anova_out <- lapply(terms3, function(x) list(data=x$data, formula=x$formula, rows=nobs(x$m), tables=do.call(c, lapply(c(1,2,3), function(ty) lapply(c("Satterthwaite","Kenward-Roger"), function(d) c(list(ddf=d), tab(x$m, as.character(ty), d)))))))
write_json(list(engine="nlme::intervals, lmerTest, pbkrtest, emmeans", versions=lapply(c(nlme="nlme", lme4="lme4", lmerTest="lmerTest", pbkrtest="pbkrtest", emmeans="emmeans"), function(p) as.character(packageVersion(p))), R=R.version.string,
  intervals=intervals_out, degrees=degrees, gls=gls_out, anova=anova_out), "../results/level1__inference.json", auto_unbox=TRUE, digits=NA, pretty=TRUE)
cat("done\n")
