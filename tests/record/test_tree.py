"""A configuration is written as numbers and read back exactly."""

from typing import get_type_hints

import h5py
import msgspec
import pytest
from hypothesis import given, settings

from fixture.core.config import Config
from fixture.record.errors import RecordError
from fixture.record.old_names import OLD_NAMES
from fixture.record.tree import read_struct, write_struct
from tests.record.strategies import configs
from tests.record.synthetic import make_config


def there_and_back(config: Config) -> Config:
    with h5py.File("tree", "w", driver="core", backing_store=False) as file:
        write_struct(file, config)
        return read_struct(file, Config)


@settings(deadline=None, max_examples=60)
@given(configs)
def test_any_configuration_comes_back_equal(config: Config):
    back = there_and_back(config)
    assert back == config
    assert msgspec.json.encode(back) == msgspec.json.encode(config)


def test_numbers_come_back_with_their_types():
    back = there_and_back(make_config())
    assert type(back.observe) is bool
    assert type(back.tick_ns) is int
    assert type(back.limits.reactions[0]) is int
    assert type(back.steps[0].wait) is bool


class Old(msgspec.Struct, frozen=True):
    a: int


class New(msgspec.Struct, frozen=True):
    a: int
    b: float = 2.5


class Newer(msgspec.Struct, frozen=True):
    a: int
    c: int


def test_a_field_that_came_later_takes_its_default():
    with h5py.File("tree", "w", driver="core", backing_store=False) as file:
        write_struct(file, Old(1))
        assert read_struct(file, New) == New(1, 2.5)


def test_a_field_that_is_missing_is_named():
    with h5py.File("tree", "w", driver="core", backing_store=False) as file:
        write_struct(file, Old(1))
        with pytest.raises(RecordError, match="/c is missing"):
            read_struct(file, Newer)


def test_a_field_of_an_older_record_is_read_by_the_name_that_it_had():
    config = make_config()
    sections = {of: f"/{name}" for name, of in get_type_hints(Config).items()} | {Config: ""}
    with h5py.File("tree", "w", driver="core", backing_store=False) as file:
        write_struct(file, config)
        for kind, names in OLD_NAMES.items():
            for new, old in names.items():
                file.move(f"{sections[kind]}/{new}", f"{sections[kind]}/{old}")
        assert read_struct(file, Config) == config
