"""How many threads there are, whatever a config asks for."""

from lda_cli.engine import threads


def test_a_config_gets_the_threads_it_asks_for_within_reason():
    n_cores = threads.count_threads("auto")
    assert threads.count_threads(1) == 1
    assert threads.count_threads(threads.THREADS_A_CORE) == threads.THREADS_A_CORE
    assert threads.count_threads(2**31 - 1) == threads.THREADS_A_CORE * n_cores
