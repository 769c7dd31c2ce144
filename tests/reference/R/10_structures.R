# Spatial random effects and multiple membership, by the likelihood itself. Run in this folder.
# V is dense; beta and sigma^2 are profiled out; logarithms of variance ratios and rho are found by
# nlminb and optim from several starts. The data are simulated here (true values below).
source("common.R")
set.seed(20261)
rows <- 6; columns <- 6
cell <- expand.grid(r = seq_len(rows), c = seq_len(columns))
district <- c(sprintf("d%d%d", cell$r, cell$c), "island")
J <- length(district); A <- matrix(0, J, J, dimnames = list(district, district))
near <- as.matrix(dist(cell)) < 1.01
A[seq_len(36), seq_len(36)] <- near - diag(36)
degree <- pmax(rowSums(A), 1)
covariance <- list(
  proper = function(rho) solve(diag(degree) - rho * A),
  leroux = function(rho) solve(rho * (diag(degree) - A) + (1 - rho) * diag(J)),
  sar = function(rho) { B <- diag(J) - rho * A / degree; solve(crossprod(B)) },
  intrinsic = function(rho) {
    e <- eigen(diag(degree) - A, symmetric = TRUE); keep <- e$values > 1e-9
    e$vectors[, keep] %*% (t(e$vectors[, keep]) / e$values[keep]) })
n <- 400; doctors <- 15
d <- sample(J, n, TRUE); d[d == 8] <- 9                     # district d26 has no rows
first <- sample(doctors, n, TRUE); second <- ifelse(runif(n) < 0.4, sample(doctors, n, TRUE), NA)
second[!is.na(second) & second == first] <- NA
share <- ifelse(is.na(second), 1, round(runif(n, 0.3, 0.9), 2))
W <- matrix(0, n, doctors); W[cbind(1:n, first)] <- share
two <- which(!is.na(second)); W[cbind(two, second[two])] <- 1 - share[two]
x <- round(rnorm(n), 3)
u <- drop(t(chol(covariance$leroux(0.85))) %*% rnorm(J, 0, 1.5)); v <- rnorm(doctors, 0, 0.9)
y <- round(2 + 0.5 * x + u[d] + drop(W %*% v) + rnorm(n), 4)
data <- data.frame(y, x, district = district[d], doctor1 = first, doctor2 = second,
                   share1 = share, share2 = ifelse(is.na(second), NA, round(1 - share, 2)))
write.csv(data, gzfile(file.path(DATA, "districts.csv.gz")), row.names = FALSE, na = "")
pairs <- which(A == 1 & upper.tri(A), arr.ind = TRUE)
map <- rbind(data.frame(district = district[pairs[, 1]], neighbour = district[pairs[, 2]]),
             data.frame(district = "island", neighbour = NA))
write.csv(map, gzfile(file.path(DATA, "districts_neighbours.csv.gz")), row.names = FALSE, na = "")

X <- cbind(1, x); Zd <- diag(J)[d, ]
likelihood <- function(V, reml) {
  L <- chol(V); XV <- backsolve(L, X, transpose = TRUE); yV <- backsolve(L, y, transpose = TRUE)
  M <- crossprod(XV); beta <- solve(M, crossprod(XV, yV)); m <- n - reml * ncol(X)
  rss <- sum((yV - XV %*% beta)^2); sigma2 <- rss / m
  dev <- 2 * sum(log(diag(L))) + m * (1 + log(2 * pi * sigma2)) + reml * as.numeric(determinant(M)$modulus)
  list(dev = dev, beta = drop(beta), sigma2 = sigma2, vcov = sigma2 * solve(M))
}
# parts: list of functions (ratio, rho) -> Z C Z'; kinds: type of each map, NA for plain units
fit <- function(parts, kinds, reml) {
  nrho <- sum(!is.na(kinds) & kinds != "intrinsic"); k <- length(parts)
  low <- vapply(kinds, function(kind) if (!is.na(kind) && kind == "leroux") 0 else
    1 / min(eigen(A / sqrt(outer(degree, degree)), TRUE, TRUE)$values), 0)
  low <- low[!is.na(kinds) & kinds != "intrinsic"]
  rho_of <- function(p) low + (1 - low) * plogis(p)
  V_of <- function(p) { rho <- rep(NA, k); rho[!is.na(kinds) & kinds != "intrinsic"] <- rho_of(p[-(1:k)])
    V <- diag(n); for (i in 1:k) V <- V + exp(p[i]) * parts[[i]](rho[i]); V }
  f <- function(p) likelihood(V_of(p), reml)$dev
  best <- NULL
  for (start in c(-1, 1, 3)) {
    p <- c(rep(0, k), rep(start, nrho))
    for (again in 1:3) {
      p <- nlminb(p, f, control = list(rel.tol = 1e-15, x.tol = 1e-12, iter.max = 500, eval.max = 2000))$par
      o <- optim(p, f, method = "BFGS", control = list(reltol = 1e-15, maxit = 500)); p <- o$par
    }
    if (is.null(best) || o$value < best$value) best <- o
  }
  p <- best$par; V <- V_of(p); at <- likelihood(V, reml); rho <- if (nrho) rho_of(p[-(1:k)]) else NULL
  # curvature in log sd, log sigma and rho, for Wald intervals
  free <- function(q) { ratio <- 2 * (q[1:k] - q[k + 1]); s2 <- exp(2 * q[k + 1])
    r <- rep(NA, k); r[!is.na(kinds) & kinds != "intrinsic"] <- q[-(1:(k + 1))]
    U <- diag(n); for (i in 1:k) U <- U + exp(ratio[i]) * parts[[i]](r[i])
    L <- chol(U); XV <- backsolve(L, X, transpose = TRUE); yV <- backsolve(L, y, transpose = TRUE)
    M <- crossprod(XV); b <- solve(M, crossprod(XV, yV)); m <- n - reml * ncol(X)
    2 * sum(log(diag(L))) + m * log(2 * pi * s2) + sum((yV - XV %*% b)^2) / s2 +
      reml * as.numeric(determinant(M)$modulus) }
  q <- c(log(sqrt(exp(p[1:k]) * at$sigma2)), log(at$sigma2) / 2, rho)
  H <- numDeriv::hessian(free, q, method.args = list(d = 1e-2))
  beta <- setNames(at$beta, c("(Intercept)", "x")); se <- sqrt(diag(at$vcov))
  left <- y - X %*% at$beta
  list(minus2loglik = at$dev, fixef = nl(beta), se = nl(setNames(se, names(beta))),
       variances = unname(exp(p[1:k]) * at$sigma2), sigma2 = at$sigma2, rho = rho,
       se_eta = unname(sqrt(diag(2 * solve(H)))), V = V, left = left, at = at)
}
modes <- function(result, i, C, Z) {   # of one factor: modes and conditional SDs given beta
  G <- result$variances[i] * C; S <- result$at$sigma2 * result$V
  K <- G %*% t(Z) %*% solve(S)
  list(mode = unname(drop(K %*% result$left)), sd = unname(sqrt(pmax(diag(G - K %*% Z %*% G), 0))))
}
keep <- function(result, ranef) { result[c("V", "left", "at")] <- NULL; c(result, list(ranef = ranef)) }
one <- function(id, title, kind, units, call) {
  parts <- list(function(rho) Zd %*% covariance[[kind]](rho) %*% t(Zd)); kinds <- kind
  if (units) { parts <- c(parts, list(function(rho) tcrossprod(W))); kinds <- c(kind, NA) }
  fits <- list()
  for (M in c("REML", "ML")) {
    r <- fit(parts, kinds, M == "REML")
    C <- covariance[[kind]](if (is.null(r$rho)) NA else r$rho[1])
    ranef <- list(district = c(list(labels = district), modes(r, 1, C, Zd)))
    if (units) ranef$mm <- c(list(labels = 1:doctors), modes(r, 2, diag(doctors), W))
    fits[[M]] <- keep(r, ranef)
  }
  save_ref(id, "spatial", "districts", title, call = call, engine = "direct likelihood", fits = fits,
           packages = pk("numDeriv"), notes = "simulated: leroux rho 0.85, sd 1.5; doctors' sd 0.9; sigma 1")
}
MM <- "(1 | mm(doctor1, doctor2, weights=[share1, share2]))"
one("districts__proper", "Proper CAR", "proper", FALSE, "y ~ x + (1 | car(district))")
one("districts__intrinsic", "Intrinsic CAR", "intrinsic", FALSE, "y ~ x + (1 | car(district, type='intrinsic'))")
one("districts__leroux", "Leroux CAR", "leroux", FALSE, "y ~ x + (1 | car(district, type='leroux'))")
one("districts__sar", "SAR", "sar", FALSE, "y ~ x + (1 | sar(district))")
one("districts__leroux_mm", "Leroux CAR and multiple membership", "leroux", TRUE,
    paste("y ~ x + (1 | car(district, type='leroux')) +", MM))
one("districts__intrinsic_mm", "Intrinsic CAR and multiple membership", "intrinsic", TRUE,
    paste("y ~ x + (1 | car(district, type='intrinsic')) +", MM))
