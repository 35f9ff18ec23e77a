SELECT gym, visits FROM visits WHERE gym IS NOT NULL
