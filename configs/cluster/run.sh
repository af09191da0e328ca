#!/bin/sh
# Starts a scheduler and two workers on this machine, trains with them, and stops them.
#
#     pip install 'lda-cli[dask]'
#     configs/cluster/run.sh -m my-model          (options of lda-cli train)
#
# On several machines: run the first line of `dask` on one of them, with --host and its address, and the second on each
# of the others, with the scheduler's address. All need the same versions of lda-cli and NumPy, processors with the same
# instruction set, and the folders of the corpus and of the model under the same names. Only those that you trust may
# reach the scheduler: who does can run any code there. Dask's certificates (distributed.comm.tls in its own config, and
# tls://HOST:8786 as the address) keep others out.
set -eu
here=$(dirname "$0")

dask scheduler --host 127.0.0.1 --port 8786 --no-dashboard >/dev/null 2>&1 &
scheduler=$!
workers=
trap 'kill $workers $scheduler 2>/dev/null; wait' EXIT
for _ in 1 2; do
  dask worker tcp://127.0.0.1:8786 --nthreads 1 --no-dashboard --memory-limit 0 >/dev/null 2>&1 &
  workers="$workers $!"
done

lda-cli train -c "$here/lda.yaml" "$@"
