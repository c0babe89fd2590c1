# What R gives where a design is held: plates, plate x stimulus, visits, unequal spreads, bounds.
# Rscript design.R writes design_wells.csv, design_donors.csv, design_visits.csv and prints design.out.
suppressMessages({library(lme4); library(pbkrtest); library(lmerTest); library(sandwich); library(clubSandwich)
  library(survival); library(coin); library(nlme)})
options(digits = 15)
p <- function(name, ...) cat(name, sprintf("%.13g", c(...)), "\n")
write <- function(table, name) {write.csv(table, name, row.names = FALSE, quote = FALSE); read.csv(name)}

# Data, invented. 14 and 10 donors on 4 plates, 80/20; three donors lie on two plates; wells missing.
set.seed(20261129)
plate_of <- c(rep(1:4, c(6, 5, 2, 1)), rep(1:4, c(1, 2, 3, 4)))
wells <- expand.grid(rep = 1:2, stim = 0:1, donor = 1:24)
wells$grp <- as.numeric(wells$donor <= 14)
wells$plate <- plate_of[wells$donor]
twice <- wells$donor %in% c(3, 12, 20) & wells$rep == 2
wells$plate[twice] <- wells$plate[twice] %% 4 + 1
level <- rnorm(24, 0, .6); slope <- rnorm(24, 1, .4); shift <- rnorm(4, 0, .5); own <- matrix(rnorm(8, 0, .3), 4)
wells$y <- round(5 + level[wells$donor] + wells$stim * (slope[wells$donor] + .2 * wells$grp) + shift[wells$plate] +
  own[cbind(wells$plate, wells$stim + 1)] + rnorm(96, 0, .25), 4)
wells <- write(wells[-c(5, 18, 40, 41, 67, 90), c("donor", "grp", "plate", "stim", "y")], "design_wells.csv")

# 24 donors on 3 plates; 4 exposed spread more; ties in `tied`; bounds left, right and between.
d <- data.frame(donor = 1:24, grp = rep(1:0, c(14, 10)), plate = c(rep(1:3, c(8, 4, 2)), rep(1:3, c(2, 3, 5))),
  exposed = as.numeric(1:24 %in% c(2, 9, 17, 23)), age = round(runif(24, 22, 61)))
d$y <- round(3 + c(0, .7, -.4)[d$plate] + .02 * d$age + rnorm(24) * ifelse(d$exposed == 1, 2, 1) * .6, 4)
d$tied <- round(d$y, 0); d$score <- round(40 + 12 * (d$y - c(0, .4, -.4)[d$plate]) + rnorm(24, 0, 12))
d$lower <- d$y; d$upper <- d$y
d$lower[c(4, 11, 19, 22)] <- NA; d$upper[c(4, 11, 19, 22)] <- d$y[c(4, 11, 19, 22)] + .3
d$upper[c(7, 15)] <- NA; d$lower[c(7, 15)] <- d$y[c(7, 15)] - .3
d$lower[13] <- d$y[13] - .4; d$upper[13] <- d$y[13] + .5
d <- write(d, "design_donors.csv")
d$P <- factor(d$plate)

# 10 donors, 3 or 4 visits, drift that all share, slopes of their own.
v <- expand.grid(visit = 1:4, donor = 1:10)
v <- v[!(v$visit == 4 & v$donor %in% c(2, 5, 6)), ]
tilt <- rnorm(10, 0, .6)
v$x <- round(rnorm(10, 4, 1)[v$donor] - .5 * v$visit + rnorm(nrow(v), 0, .5), 4)
v$y <- round(rnorm(10, 50, 8)[v$donor] - 6 * v$visit + 8 * tilt[v$donor] * (v$x - 3) + rnorm(nrow(v), 0, 3), 3)
v <- write(v, "design_visits.csv")

# Mixed models of wells: lme4, Kenward and Roger by pbkrtest, Satterthwaite by lmerTest.
w <- transform(wells, P = factor(plate), c = stim, PS = factor(paste(plate, stim)), D = factor(donor))
to_the_end <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-11, maxfun = 1e6),
  check.conv.singular = "ignore", calc.derivs = FALSE)
mixed <- function(name, formula) {
  m <- lmer(formula, w, control = to_the_end)
  for (ddf in c("Satterthwaite", "Kenward-Roger")) p(paste0(name, ".", ddf), coef(summary(m, ddf = ddf))["grp:c", ])
  L <- as.numeric(names(fixef(m)) == "grp:c"); KR <- vcovAdj(m)
  p(paste0(name, ".pbkrtest"), sum(L * fixef(m)), sqrt(drop(L %*% KR %*% L)), Lb_ddf(L, vcov(m), KR))
  p(paste0(name, ".variances"), as.data.frame(VarCorr(m))$vcov)
  p(paste0(name, ".criterion"), REMLcrit(m))
}
mixed("slope_of_plate_plate_fixed", y ~ grp * c + P + (1 | PS) + (c | D))
mixed("slope_of_plate_plate_random", y ~ grp * c + (1 | P) + (1 | PS) + (c | D))
mixed("plate_by_stimulus_fixed", y ~ grp * c + P * c + (c | D))
mixed("plate_fixed", y ~ grp * c + P + (c | D))

# Donors: HC2 with Bell and McCaffrey's degrees of freedom (clubSandwich: CR2, a cluster a donor; and by definition).
bell_mccaffrey <- function(name, m, of) {
  X <- model.matrix(m); n <- nrow(X); H <- X %*% solve(crossprod(X)) %*% t(X)
  V <- vcovHC(m, type = "HC2")[of, of]; l <- as.numeric(colnames(X) == of)
  g <- drop(X %*% solve(crossprod(X), l)) / sqrt(1 - diag(H)); M <- diag(n) - H
  G <- M %*% diag(g^2) %*% M; df <- sum(diag(G))^2 / sum(G * G)
  k <- coef_test(m, vcov = "CR2", cluster = 1:n, test = "Satterthwaite")[of, ]
  b <- coef(m)[[of]]; half <- qt(.975, df) * sqrt(V)
  p(name, b, sqrt(V), df, 2 * pt(-abs(b) / sqrt(V), df), b - half, b + half)
  p(paste0(name, ".clubSandwich"), k$beta, k$SE, k$df, k$p_Satt)
}
bell_mccaffrey("hc2_age", lm(y ~ exposed + age, d), "exposed")
bell_mccaffrey("hc2_plate", lm(y ~ grp + P, d), "grp")
bell_mccaffrey("hc2_plate_age", lm(y ~ exposed + P + age, d), "exposed")
# A variance a group, with plate: restricted likelihood (nlme's gls).
g <- gls(y ~ grp + P, d, weights = varIdent(form = ~ 1 | grp), method = "REML", control = glsControl(tolerance = 1e-12, msTol = 1e-14))
sd1 <- g$sigma * c(1, coef(g$modelStruct$varStruct, unconstrained = FALSE))
p("gls_spread_a_group", coef(g)[["grp"]], sqrt(vcov(g)["grp", "grp"]), sd1, -2 * logLik(g))

# Bounds: survreg with a factor, one scale, and a scale for each group.
s <- with(d, Surv(lower, upper, type = "interval2"))
tight <- survreg.control(rel.tolerance = 1e-14, maxiter = 200)
f <- survreg(s ~ grp + P + age, d, dist = "gaussian", control = tight)
p("survreg_factor.coefficients", coef(f)); p("survreg_factor.scale", f$scale, f$loglik[2]); p("survreg_factor.errors", sqrt(diag(vcov(f))))
f <- survreg(s ~ grp + P + strata(grp), d, dist = "gaussian", control = tight)
p("survreg_two_scales.coefficients", coef(f)); p("survreg_two_scales.scale", f$scale, f$loglik[2]); p("survreg_two_scales.errors", sqrt(diag(vcov(f))))

# Ranks within plates, weights 1 / (n + 1): van Elteren, by definition and by coin.
van_elteren <- function(name, score) {
  e <- v <- t <- 0
  for (h in levels(d$P)) {
    i <- d$P == h; n <- sum(i); m <- sum(d$grp[i]); a <- score(i); k <- 1 / (n + 1)
    t <- t + k * sum(a[d$grp[i] == 1]); e <- e + k * m * mean(a); v <- v + k^2 * m * (n - m) / (n * (n - 1)) * sum((a - mean(a))^2)
  }
  d$a <- NA; for (h in levels(d$P)) {i <- d$P == h; d$a[i] <- score(i) / (sum(i) + 1)}
  by_coin <- independence_test(a ~ factor(1 - grp) | P, d, teststat = "quadratic")
  z <- (t - e) / sqrt(v)
  p(name, t, e, v, z, 2 * pnorm(-abs(z))); p(paste0(name, ".coin"), statistic(by_coin), pvalue(by_coin))
}
van_elteren("van_elteren", function(i) rank(d$y[i]))
van_elteren("van_elteren_ties", function(i) rank(d$tied[i]))
low <- ifelse(is.na(d$lower), -Inf, d$lower); high <- ifelse(is.na(d$upper), Inf, d$upper)
gehan <- function(i) sapply(which(i), function(j) {
  same <- low[i] == high[i] & low[j] == high[j]
  sum(ifelse(same, low[j] > low[i], low[j] >= high[i])) - sum(ifelse(same, low[j] < low[i], high[j] <= low[i]))})
# Gehan's scores are twice the centred ranks: half of them, so that all detected gives van Elteren.
van_elteren("van_elteren_gehan", function(i) gehan(i) / 2)

# Coefficients with a factor held: residuals of lm, df less the factor's columns.
held <- function(name, x, y, formula, k) {
  X <- model.matrix(formula, d); r <- cor(lm.fit(X, x)$residuals, lm.fit(X, y)$residuals)
  df <- length(x) - 2 - k; t <- r * sqrt(df / (1 - r^2)); p(name, r, df, t, 2 * pt(-abs(t), df))
}
held("pearson_plate", d$y, d$score, ~ P, 2); held("spearman_plate", rank(d$y), rank(d$score), ~ P, 2)
held("pearson_plate_age", d$y, d$score, ~ P + age, 3); held("spearman_plate_age", rank(d$y), rank(d$score), ~ P + rank(age), 3)
p("pearson_plate_by_lm", coef(summary(lm(score ~ y + P, d)))["y", ])
within <- function(x) ave(x, d$P, FUN = rank)
held("spearman_ranked_within_plate", within(d$y), within(d$score), ~ P, 2)

# Visits and donors as effects; standard errors clustered by donor (CR2, Satterthwaite).
m <- lm(y ~ x + factor(donor) + factor(visit), v)
r <- cor(resid(lm(x ~ factor(donor) + factor(visit), v)), resid(lm(y ~ factor(donor) + factor(visit), v)))
p("two_way", r, coef(summary(m))["x", ], m$df.residual)
k <- coef_test(m, vcov = "CR2", cluster = v$donor, test = "Satterthwaite")["x", ]
p("two_way_cr2", k$beta, k$SE, k$tstat, k$df, k$p_Satt)
a <- lm(y ~ x + factor(donor), v); k <- coef_test(a, vcov = "CR2", cluster = v$donor, test = "Satterthwaite")["x", ]
p("donors_only_cr2", k$beta, k$SE, k$tstat, k$df, k$p_Satt)
