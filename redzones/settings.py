"""
Settings: `redzones.toml` and `REDZONES_*` environment variables, a class per concern.

Nested values are set in the environment with two underscores: `REDZONES_PATROL__VISITS_PER_DAY=40`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from domain.areas import GeographyKey
from domain.crs import BRITISH_NATIONAL_GRID, check_analysis_epsg
from domain.errors import Fault, RedzonesError, SettingsError
from domain.incidents import WATCH_CATEGORIES, Kind, ScoringSet
from domain.shifts import parse_shift
from domain.surveys import refuse_circular
from domain.targets import Target
from redzones.enquiry_files import read_toml

__all__ = [
    "EnquirySettings",
    "ForceSettings",
    "GeographySettings",
    "HotspotSettings",
    "IncidentSettings",
    "PatrolSettings",
    "PerceptionSettings",
    "ProfileSettings",
    "SegmentSettings",
    "Settings",
    "SiteSettings",
    "TargetSettings",
    "TimeSettings",
    "TransparencySettings",
    "load_settings",
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ForceSettings(_Section):
    """Who publishes: the force, its time zone and the owner of the pages."""

    name: str = "Demoshire"
    owner: str = "Neighbourhood policing analysis"
    contact: str = ""
    time_zone: str = "Europe/London"

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is not a time zone; write one such as Europe/London") from error
        return value


class GeographySettings(_Section):
    """Which geographies play which part; each is written `name:year`."""

    analysis_epsg: int = BRITISH_NATIONAL_GRID
    small_area: str = "lsoa:2021"
    patrol: str = "ward:2025"
    policing_unit: str = "district:2025"
    force: str = "force:2025"

    @field_validator("small_area", "patrol", "policing_unit", "force")
    @classmethod
    def _well_formed(cls, value: str) -> str:
        try:
            return str(GeographyKey.parse(value))
        except RedzonesError as error:
            raise ValueError(f"{error.message}. {error.hint}") from error

    @field_validator("analysis_epsg")
    @classmethod
    def _projected(cls, value: int) -> int:
        try:
            return check_analysis_epsg(value)
        except RedzonesError as error:
            raise ValueError(f"{error.message}. {error.hint}") from error


class IncidentSettings(_Section):
    """Which loaded sources are counted and scored, and which tell the time; empty means every source."""

    counted_sources: tuple[str, ...] = ()
    timed_sources: tuple[str, ...] = ()


class PatrolSettings(_Section):
    """How much visible patrol there is: zones are placed until it is used up."""

    visits_per_day: int | None = Field(default=None, ge=1, description="Planned zone visits a day in the whole force.")
    visits_per_zone: int = Field(default=2, ge=1, description="Visits that a zone gets a day.")
    zones_per_unit: int = Field(default=5, ge=1, description="Used where visits_per_day is not stated.")
    most_zones: int = Field(default=60, ge=1, description="Never more zones than this in the force.")


class HotspotSettings(_Section):
    """How Red Zones are made (METHODS 7)."""

    scoring_sets: tuple[ScoringSet, ...] = (ScoringSet.STREET, ScoringSet.ASB_MINOR)
    window_months: int = Field(default=12, ge=1, le=120)
    half_life_months: float = Field(default=8.0, gt=0)
    zone_radius_m: float = Field(default=141.0, ge=50, le=500)
    test_months: int = Field(default=6, ge=1, le=24)
    confidence_strength: float = Field(
        default=0.25, ge=0, le=2, description="The c of METHODS 7; without survey estimates it is 0."
    )
    priority_weights: Literal["none", "recorded", "survey"] = Field(
        default="none", description="Whether kinds weigh what the public of a patrol area names as its priorities."
    )
    default_address_rule: bool = Field(
        default=True, description="Whether stations, hospitals, prisons and custody suites place no zone."
    )
    hexagon_m: float = Field(
        default=0, ge=0, le=1000, description="Width of a tested hexagon; 0 for 200 m with open data and 150 m else."
    )


class ProfileSettings(_Section):
    """What community profiles watch beside the zones (METHODS 7), and never score."""

    watch: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Categories of each watched kind, as the counted sources write them; burglary, robbery and "
        "violence of police.uk where none is given.",
    )

    @property
    def watched(self) -> Mapping[str, tuple[str, ...]]:
        """Categories of each kind of the watch list; case does not matter."""
        return self.watch or WATCH_CATEGORIES

    @field_validator("watch")
    @classmethod
    def _named(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        taken = {"reported", "officer_generated", *(kind.value for kind in Kind)}
        for key in value:
            if not key.isidentifier() or key != key.lower() or key in taken:
                raise ValueError(f"{key!r} is not a name for a kind; write a new one in lower case, such as burglary")
        return value


class TimeSettings(_Section):
    """How Red Times are found (METHODS 8)."""

    window_months: int = Field(default=36, ge=1, le=120, description="Months whose hours are read.")
    half_life_months: float = Field(default=24.0, gt=0, description="Months in which an hour loses half its weight.")
    block_hours: int = Field(default=2, ge=1, le=24, description="Hours of a block, laid from the begin of each shift.")
    shifts: tuple[str, ...] = Field(
        default=("Early 07:00-15:00", "Late 15:00-23:00", "Night 23:00-07:00"),
        description="Used where no calendar with shifts is loaded.",
    )
    swapped: Literal["begin_hour", "swap", "leave_out"] = "begin_hour"
    missing_end: Literal["begin_hour", "leave_out"] = "begin_hour"
    area_share: float = Field(default=0.01, gt=0, le=1, description="Ground of the test by zone and hour.")
    hour_share: float = Field(default=0.2, gt=0, le=1, description="Hours that a patrol has for it.")
    test_months: int = Field(default=6, ge=1, le=24)

    @field_validator("shifts")
    @classmethod
    def _well_formed(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(shift.words() for shift in map(parse_shift, value))
        except RedzonesError as error:
            raise ValueError(f"{error.message}. {error.hint}") from error


class SegmentSettings(_Section):
    """How community segments are made (METHODS 6)."""

    k_least: int = Field(default=2, ge=2)
    k_most: int = Field(default=10, ge=2)
    environments_most: int = Field(default=3, ge=1)
    starts: int = Field(default=50, ge=1)
    resamples: int = Field(default=50, ge=2)
    least_share: float = Field(default=0.02, ge=0, le=0.5)
    place_weight: float = Field(default=0.0, ge=0, lt=1)


class TargetSettings(_Section):
    """A dated target for a survey figure: who owns it, from where, by when, and by how much."""

    owner: str
    question: str = "confidence"
    baseline: float = Field(ge=0, le=1, description="Share at the start, 0 to 1.")
    baseline_day: date
    end_day: date
    rise: float = Field(description="Rise in the unit: percentage points, or per cent of the baseline.")
    unit: Literal["points", "per_cent"]

    @model_validator(mode="after")
    def _makes_sense(self) -> TargetSettings:
        try:
            Target(**self.model_dump())
        except RedzonesError as error:
            raise ValueError(f"{error.message}. {error.hint}") from error
        return self


class PerceptionSettings(_Section):
    """How survey figures are made and shown (METHODS 4 and 11)."""

    least_effective_n: float = Field(default=30.0, ge=10)
    most_half_width_points: float = Field(default=10.0, gt=0, le=10)
    low_confidence_probability: float = Field(default=0.9, ge=0.5, lt=1)
    covariates: tuple[str, ...] = ("income_deprivation", "age_65_over")
    target: TargetSettings | None = None

    @field_validator("target", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    @field_validator("covariates")
    @classmethod
    def _without_records(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            refuse_circular(value)
        except RedzonesError as error:
            raise ValueError(f"{error.message}. {error.hint}") from error
        return value


class EnquirySettings(_Section):
    """Lines of enquiry and the communication plan (METHODS 5 and 6): the force's own files beside ours."""

    rules: Path | None = Field(default=None, description="TOML file with rules of the force's own.")
    interventions: Path | None = Field(default=None, description="TOML file with interventions of the force's own.")
    plan_owner: str = Field(default="", description="Post that answers for the communication plan; the owner if empty.")
    plan_days: int = Field(default=91, ge=7, le=366, description="Days that the communication plan runs.")

    @field_validator("rules", "interventions", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None


class SiteSettings(_Section):
    """Where and how pages are published."""

    folder: Path = Path("site")
    mode: Literal["link", "pointer"] = "link"
    marking: str = "OFFICIAL-SENSITIVE"
    valid_days: int = Field(default=62, ge=1, description="Days after the data month during which pages are valid.")
    keep_runs: int = Field(default=13, ge=1)
    attributions: tuple[str, ...] = Field(
        default=(), description="Sentences that the licences ask for; by default those of police.uk, where it is used."
    )
    scoring_set_labels: dict[ScoringSet, str] = Field(
        default_factory=dict, description="Plain words for a scoring set where the force counts other crimes in it."
    )


class TransparencySettings(_Section):
    """What only the force can say in its transparency record; empty means that it has not said it."""

    senior_responsible_owner: str = ""
    legal_basis: str = ""
    impact_assessment: str = ""
    training: str = ""
    appeals: str = ""


class Settings(BaseSettings):
    """Everything that a force may set; the defaults are those of METHODS."""

    model_config = SettingsConfigDict(
        env_prefix="REDZONES_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        toml_file="redzones.toml",
    )

    database_url: SecretStr | None = None
    data_dir: Path | None = None
    processors: int | None = Field(default=None, ge=1)
    seed: int = 20090604
    force: ForceSettings = ForceSettings()
    geography: GeographySettings = GeographySettings()
    incidents: IncidentSettings = IncidentSettings()
    patrol: PatrolSettings = PatrolSettings()
    hotspots: HotspotSettings = HotspotSettings()
    profiles: ProfileSettings = ProfileSettings()
    segments: SegmentSettings = SegmentSettings()
    times: TimeSettings = TimeSettings()
    perception: PerceptionSettings = PerceptionSettings()
    transparency: TransparencySettings = TransparencySettings()
    enquiry: EnquirySettings = EnquirySettings()
    site: SiteSettings = SiteSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def n_processors(self) -> int:
        """Processors that a refresh may use: as stated, else all that this process may run on."""
        if self.processors is not None:
            return self.processors
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    def analysis_settings(self) -> dict[str, Any]:
        """Return what a result depends on: everything but where things lie and how to reach the database."""
        settings = self.model_dump(mode="json", exclude={"database_url", "data_dir", "processors", "site"})
        printed = {"marking", "valid_days", "attributions", "scoring_set_labels"}
        settings["site"] = self.site.model_dump(mode="json", include=printed)
        for name in ("rules", "interventions"):  # what the force's own files say counts, not where they lie
            own = getattr(self.enquiry, name)
            settings["enquiry"][name] = None if own is None else read_toml(own)
        return settings


def load_settings(file: Path | None = None, **overrides: Any) -> Settings:  # noqa: ANN401 - any setting
    """
    Read settings from a TOML file and the environment.

    Parameters
    ----------
    file
        The TOML file; by default `$REDZONES_CONFIG` or `redzones.toml` in the current folder, if there.
    **overrides
        Values that win over both.

    Raises
    ------
    SettingsError
        If the file is absent, unreadable, or a value does not make sense; all faults are named together.
    """
    stated = file or (Path(os.environ["REDZONES_CONFIG"]) if "REDZONES_CONFIG" in os.environ else None)
    if stated is not None and not stated.is_file():
        raise SettingsError(f"the settings file {stated} does not exist", hint="Name an existing file with --config.")
    path = stated or Path("redzones.toml")

    _refuse_unknown_keys(path)

    class _FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    try:
        return _FromFile(**overrides)
    except ValidationError as error:
        faults = [
            Fault(e["msg"].removeprefix("Value error, "), file=path.name, column=".".join(map(str, e["loc"])))
            for e in error.errors()
        ]
        raise SettingsError(
            "the settings do not make sense: " + "; ".join(map(str, faults)), faults=faults, hint=f"Mend {path}."
        ) from error


def _refuse_unknown_keys(path: Path) -> None:
    """Refuse a misspelt section: a setting that is silently ignored is worse than none."""
    if not path.is_file():
        return
    try:
        with path.open("rb") as file:
            keys = set(tomllib.load(file))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path} cannot be read: {error}", hint="Mend the TOML file.") from error
    if unknown := sorted(keys - set(Settings.model_fields)):
        known = ", ".join(sorted(Settings.model_fields))
        raise SettingsError(f"{path.name}: unknown setting {', '.join(unknown)}", hint=f"Known are: {known}.")
