# cv.glmnet over the folds of a file: search.R PATH ROWS FEATURES FAMILY REPEATS FOLDS SECONDS
# Prints one line a fold: held-out loss, milliseconds of CPU. Stops at the end of a repeat once SECONDS are over.
suppressMessages(library(glmnet))
given <- commandArgs(TRUE)
n <- as.integer(given[2]); d <- as.integer(given[3]); family <- given[4]
repeats <- as.integer(given[5]); folds <- as.integer(given[6]); limit <- as.numeric(given[7])
read <- function(ending, count) { file <- file(paste0(given[1], ending), "rb"); on.exit(close(file)); readBin(file, "double", count) }
x <- matrix(read(".x64", n * d), n, d, byrow = TRUE)
y <- read(".y64", n)
file <- file(paste0(given[1], ".folds"), "rb")
fold <- matrix(as.integer(readBin(file, "raw", repeats * n)), repeats, n, byrow = TRUE)
close(file)
set.seed(1)
for (turn in seq_len(repeats)) {
  for (part in seq_len(folds) - 1L) {
    out <- fold[turn, ] == part
    before <- proc.time()
    fit <- suppressWarnings(cv.glmnet(x[!out, ], if (family == "gaussian") y[!out] else factor(y[!out]), family = family))
    took <- sum((proc.time() - before)[1:2])
    guess <- predict(fit, x[out, , drop = FALSE], s = "lambda.min", type = "response")
    loss <- if (family == "gaussian") mean((guess - y[out])^2) else {
      share <- if (family == "binomial") ifelse(y[out] == 1, guess, 1 - guess)
               else guess[cbind(seq_len(sum(out)), match(as.character(y[out]), dimnames(guess)[[2]]), 1)]
      mean(-log(pmax(share, 1e-15)))
    }
    cat(sprintf("%.10g %.1f\n", loss, 1000 * took))
  }
  if (proc.time()[3] > limit) break
}
