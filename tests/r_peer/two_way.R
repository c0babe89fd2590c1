# The slope within donors with visits held, by clubSandwich: CR2, Satterthwaite's degrees of freedom.
suppressMessages(library(clubSandwich))
long <- read.csv("long.csv")
kept <- long[-c(2, 9, 17, 30), ] # four visits fewer
show <- function(name, d) for (side in c("y", "x")) {
  other <- setdiff(c("x", "y"), side)
  fit <- lm(reformulate(c(other, "factor(id)", "factor(t)"), side), d)
  robust <- coef_test(fit, vcovCR(fit, cluster = d$id, type = "CR2"), test = "Satterthwaite")[other, ]
  df <- if ("df_Satt" %in% names(robust)) robust$df_Satt else robust$df
  cat(paste(name, side, sep = "_"), sprintf("%.12g", c(robust$beta, robust$SE, df)), "\n")
}
show("all", long)
show("unbalanced", kept)
