#!/bin/sh
# Run by cron: trains if the letters changed, then finds the topics of the new ones. Prints only what went wrong.
set -eu
cd "$(dirname "$0")"
PATH="$PWD/.venv/bin:/usr/local/bin:$PATH" # the PATH of cron is only /usr/bin:/bin

# If another run is training this model, wait for it, up to an hour.
status=0
lda-cli train -c lda.yaml --if-changed --quiet --wait 3600 || status=$?
case $status in
7) echo "topics.sh: time limit reached; the model is saved as far as it came, and the next run goes on" ;;
[1-9]*) exit "$status" ;; # 6: the other run took longer than an hour; 2 to 5: see the mail. The old model stays.
esac
lda-cli infer -m letters --quiet -o topics.jsonl new
