"""Mistakes in files, as they are told."""

import pickle

from fixture.config.yaml.errors import ConfigError, Place, Problem


def test_a_mistake_comes_back_whole_from_another_process() -> None:
    error = ConfigError([Problem(Place("r.yaml", 2, 1), "b"), Problem(Place("p.yaml"), "a")])
    back = pickle.loads(pickle.dumps(error))
    assert isinstance(back, ConfigError)
    assert (back.problems, str(back)) == (error.problems, "p.yaml: a\nr.yaml:2:1: b")
