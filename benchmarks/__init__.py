"""Speed against statsmodels and lme4: the same models and data, side by side in one run."""
