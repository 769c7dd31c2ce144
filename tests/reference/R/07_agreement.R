# rwg(j), Cronbach's alpha, ICC(1) and ICC(2) of a leadership scale (multilevel). Run in this folder.
suppressMessages({library(multilevel); library(jsonlite)})
sc <- read.csv("../data/bhr2000.csv.gz")
it <- c("ap12", "ap17", "ap33", "ap34")
r <- rwg.j(sc[, it], sc$grp, ranvar = 2)
one <- aov(rowMeans(sc[, it]) ~ as.factor(sc$grp))
out <- list(
  id = "bhr2000__agreement", kind = "agreement", dataset = "bhr2000",
  title = "rwg(j), Cronbach alpha, ICC1/ICC2 of a scale",
  preparation = "items ap12 ap17 ap33 ap34; ranvar=2 (uniform on 5 points); scale=mean of items",
  rwgj = list(mean = mean(r$rwg.j), first = setNames(as.list(r$rwg.j[1:6]), as.character(r$grpid[1:6]))),
  alpha = cronbach(sc[, it])$Alpha, icc1 = ICC1(one), icc2 = ICC2(one),
  versions = list(R = R.version.string, platform = R.version$platform,
    multilevel = as.character(packageVersion("multilevel"))))
write_json(out, "../results/bhr2000__agreement.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
