#!/bin/sh
# What cron runs at night: train if letters came or went, then find the topics of the new ones.
# All is well: nothing is printed, and cron sends no mail. Else the mail is one line that says what to do.
set -eu
cd "$(dirname "$0")"
PATH="$PWD/.venv/bin:/usr/local/bin:$PATH" # cron's own is /usr/bin:/bin

# A run that is still at it, by cron or by hand, is waited for: two never train one model.
status=0
lda-cli train -c lda.yaml --if-changed --quiet --wait 3600 || status=$?
case $status in
0) ;;
7) echo "topics.sh: max_minutes are over; the model is what was reached, and the next run goes on" ;;
*) exit "$status" ;; # 6: the other run took more than an hour; 2 to 5: see the mail; the former model stands
esac

lda-cli infer -m letters --quiet -o topics.jsonl new
