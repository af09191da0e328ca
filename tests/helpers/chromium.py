"""Where Chromium and its driver are, if they are installed."""

import shutil

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
MISSING = "Chromium or its driver is not installed: the pages of `lda-cli report` are not tried in a browser"
