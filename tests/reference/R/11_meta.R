# Meta-analysis: level-1 variances that are known. Run in this folder.
# Limits by profile likelihood are those of ML.
source("common.R")
suppressMessages(library(metafor))
te <- rd("teacherexpectancy"); te$w <- pmin(te$weeks, 3)
k <- rd("assink2016"); k$year_c <- (k$year - mean(k$year)) / 10

# ---- the two models of the books
uni <- function(f) list(method=f$method, coef=setNames(as.list(as.numeric(f$b)),rownames(f$b)),
  se=as.numeric(f$se), tau2=f$tau2, se_tau2=f$se.tau2, QE=f$QE, QEp=f$QEp, I2=f$I2, H2=f$H2,
  loglik=as.numeric(logLik(f)))
tight <- list(threshold=1e-12); slow <- list(threshold=1e-12, stepadj=0.5, maxiter=1000)
save_ref("teacherexpectancy__vknown","known_variance","teacherexpectancy",
  "Random-effects meta-analysis (Raudenbush & Bryk chapter 7): unconditional and with weeks of prior contact (0-3)",
  call="metafor::rma(yi, vi, mods=~pmin(weeks,3))",
  fits=list(uncond_REML=uni(rma(yi,vi,data=te,method="REML",control=tight)),
            uncond_ML=uni(rma(yi,vi,data=te,method="ML",control=tight)),
            uncond_DL=uni(rma(yi,vi,data=te,method="DL")),
            weeks_REML=uni(rma(yi,vi,mods=~pmin(weeks,3),data=te,method="REML",control=slow)),
            weeks_ML=uni(rma(yi,vi,mods=~pmin(weeks,3),data=te,method="ML",control=slow))),
  packages=pk("metafor"))
mv <- function(f) list(coef=as.numeric(f$b), se=as.numeric(f$se), sigma2=f$sigma2,
  loglik=as.numeric(logLik(f)), QE=f$QE)
three <- function(method, ...) rma.mv(yi, vi, random=~1|study/esid, data=k, method=method,
  control=list(reltol=1e-14), ...)
save_ref("assink2016__three_level","known_variance_three_level","assink2016",
  "Three-level meta-analysis: effect sizes in studies",
  call="metafor::rma.mv(yi, vi, random=~1|study/esid)",
  fits=list(REML=mv(three("REML")), ML=mv(three("ML"))), packages=pk("metafor"))

# ---- more of what is said of them
profiled <- function(f) lapply(seq_along(f$sigma2), function(i) {
  limits <- confint(f, sigma2=i, control=list(tol=1e-12))$random
  list(estimate=limits[1,"estimate"], low=limits[1,"ci.lb"], high=limits[1,"ci.ub"]) })
effects <- function(f) lapply(ranef(f), function(d) list(label=rownames(d), mode=d[,1], se=d[,2]))
moderated <- function(method) three(method, mods=~year_c+pubstatus)
slope <- function(method) rma.mv(yi, vi, mods=~year_c, random=~year_c|study, struct="GEN", data=k,
  method=method, control=list(reltol=1e-14))
ext <- function(f) c(mv(f), list(modes=effects(f), npar=attr(logLik(f),"df"), aic=AIC(f),
  vvc=unname(three(f$method, cvvc=TRUE)$vvc)))
gen <- function(f) list(coef=as.numeric(f$b), se=as.numeric(f$se), loglik=as.numeric(logLik(f)),
  G=unname(f$G), npar=attr(logLik(f),"df"))
lr <- anova(three("ML"), rma.mv(yi, vi, random=~1|study, data=k, method="ML"))
tau2 <- rma(yi,vi,data=te,method="ML",control=tight)
save_ref("meta__inference","known_variance","assink2016",
  "Inference with known level-1 variances: three levels, moderators, a random slope",
  preparation="year_c = (year - mean(year)) / 10",
  fits=list(three_REML=ext(three("REML")), three_ML=ext(three("ML")),
            moderated_REML=mv(moderated("REML")), moderated_ML=mv(moderated("ML")),
            slope_REML=gen(slope("REML")), slope_ML=gen(slope("ML"))),
  profile=list(assink2016=profiled(three("ML")),
               teacherexpectancy=profiled(rma.mv(yi, vi, random=~1|study, data=te, method="ML",
                                                 control=list(reltol=1e-14)))),
  likelihood_ratio=list(statistic=lr$LRT, p=lr$pval), packages=pk("metafor"))
