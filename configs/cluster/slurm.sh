#!/bin/sh
# UNTRIED: a training on eight nodes of SLURM, a worker with sixteen threads on each; sbatch slurm.sh lda.yaml
#SBATCH --job-name=lda --nodes=8 --ntasks-per-node=1 --cpus-per-task=16 --time=12:00:00 --signal=B:TERM@120
#
# --signal lets lda-cli write a checkpoint two minutes before the end: the same sbatch goes on from it. A folder that all
# nodes see has this script, the config, the corpus and the model.
set -eu
port=8786
host=$(hostname)

dask scheduler --host "$host" --port $port --no-dashboard &
srun --nodes="$SLURM_NNODES" dask worker "tcp://$host:$port" --nthreads "$SLURM_CPUS_PER_TASK" --no-dashboard &

lda-cli train -c "$1" --cluster "tcp://$host:$port" --set training.shards="$SLURM_NNODES" --force &
training=$!
trap 'kill -TERM $training; wait $training' TERM
wait $training
