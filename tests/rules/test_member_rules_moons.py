"""The whole table of the lunar calendar, computed once more from the moon and the sun.

New moons: Meeus, Astronomical Algorithms, chapter 49 (within a few seconds); the sun's longitude: chapter 25, the lower
accuracy (a hundredth of a degree, a quarter of an hour). Beijing's own time until 1928, UTC+8 from 1929. Years whose
moon or sun comes too close to midnight for that are named, each with what was published.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterator

from terminal.rules.member import lunar
from terminal.rules.member.lunar import LunarDate

# TT - UT in seconds; what lies ahead is an estimate.
DELTA_T = [(1890, -6.0), (1900, -2.7), (1910, 10.5), (1920, 21.2), (1930, 24.0), (1940, 24.3), (1950, 29.1)]
DELTA_T += [(1960, 33.2), (1970, 40.2), (1980, 50.5), (1990, 56.9), (2000, 63.8), (2020, 69.4), (2110, 130.0)]
# Amplitude in days, then how often the sun's anomaly, the moon's anomaly and the moon's latitude argument go into it.
TERMS = [
    *[(-0.40720, 0, 1, 0), (0.17241, 1, 0, 0), (0.01608, 0, 2, 0), (0.01039, 0, 0, 2), (0.00739, -1, 1, 0)],
    *[(-0.00514, 1, 1, 0), (0.00208, 2, 0, 0), (-0.00111, 0, 1, -2), (-0.00057, 0, 1, 2), (0.00056, 1, 2, 0)],
    *[(-0.00042, 0, 3, 0), (0.00042, 1, 0, 2), (0.00038, 1, 0, -2), (-0.00024, -1, 2, 0), (-0.00007, 2, 1, 0)],
    *[(0.00004, 0, 2, -2), (0.00004, 3, 0, 0), (0.00003, 1, 1, -2), (0.00003, 0, 2, 2), (-0.00003, 1, 1, 2)],
    *[(0.00003, -1, 1, 2), (-0.00002, -1, 1, -2), (-0.00002, 1, 3, 0), (0.00002, 0, 4, 0)],
]
PLANETS = [
    *[(0.000325, 299.77, 0.107408), (0.000165, 251.88, 0.016321), (0.000164, 251.83, 26.651886)],
    *[(0.000126, 349.42, 36.412478), (0.000110, 84.66, 18.206239), (0.000062, 141.74, 53.303771)],
    *[(0.000060, 207.14, 2.453732), (0.000056, 154.84, 7.306860), (0.000047, 34.52, 27.261239)],
    *[(0.000042, 207.19, 0.121824), (0.000040, 291.34, 1.844379), (0.000037, 161.72, 24.198154)],
    *[(0.000035, 239.56, 25.513099), (0.000023, 331.55, 3.592518)],
]
# Month beginnings that were published otherwise: by the older rules of 1906, and within two minutes of midnight.
PUBLISHED_OTHERWISE = {dt.date(1906, 4, 24), dt.date(2057, 9, 28), dt.date(2097, 8, 7)}
# Leap months that were published otherwise than the sun stands in Beijing's own time.
OTHER_LEAPS = {1917: 2, 1922: 5}


def sine(degrees: float) -> float:
    """The sine of an angle in degrees."""
    return math.sin(math.radians(degrees))


def delta_t(year: float) -> float:
    """TT - UT in seconds."""
    for (first, low), (last, high) in itertools.pairwise(DELTA_T):
        if first <= year <= last:
            return low + (high - low) * (year - first) / (last - first)
    raise AssertionError(year)


def local_day(julian: float) -> float:
    """The proleptic ordinal of the day in China, with its fraction, of a Julian ephemeris day."""
    year = 2000 + (julian - 2451545) / 365.25
    zone_h = 8 if year >= 1929 else 7 + 45 / 60 + 40 / 3600
    return julian - delta_t(year) / 86400 + zone_h / 24 + 0.5 - 1721425


def new_moon(number: int) -> float:
    """The Julian ephemeris day of a new moon, counted from that of January 2000."""
    century = number / 1236.85
    sun = 2.5534 + 29.10535670 * number - 0.0000014 * century**2
    moon = 201.5643 + 385.81693528 * number + 0.0107582 * century**2 + 0.00001238 * century**3
    latitude = 160.7108 + 390.67050284 * number - 0.0016118 * century**2 - 0.00000227 * century**3
    node = 124.7746 - 1.56375588 * number + 0.0020672 * century**2
    shrinking = 1 - 0.002516 * century - 0.0000074 * century**2
    mean = 2451550.09766 + 29.530588861 * number + 0.00015437 * century**2 - 0.00000015 * century**3
    moved = sum(
        size * shrinking ** min(abs(suns), 2) * sine(suns * sun + moons * moon + latitudes * latitude)
        if abs(size) > 0.0001
        else size * sine(suns * sun + moons * moon + latitudes * latitude)
        for size, suns, moons, latitudes in TERMS
    )
    planets = sum(size * sine(angle + speed * number) for size, angle, speed in PLANETS)
    return mean + moved - 0.00017 * sine(node) + planets


def sun_longitude(julian: float) -> float:
    """The sun's apparent longitude in degrees."""
    century = (julian - 2451545) / 36525
    mean = 280.46646 + 36000.76983 * century + 0.0003032 * century**2
    anomaly = 357.52911 + 35999.05029 * century - 0.0001537 * century**2
    centre = (1.914602 - 0.004817 * century) * sine(anomaly)
    centre += (0.019993 - 0.000101 * century) * sine(2 * anomaly) + 0.000289 * sine(3 * anomaly)
    return mean + centre - 0.00569 - 0.00478 * sine(125.04 - 1934.136 * century)


def principal_term(number: int) -> int:
    """The day in China on which the sun reaches a multiple of 30 degrees; 0 is the winter solstice of 1999."""
    target, julian = 270 + 30 * number, 2451535.0 + 30.44 * number
    for _ in range(8):
        away = (target - sun_longitude(julian) + 180) % 360 - 180
        julian += away * 365.2422 / 360
    return math.floor(local_day(julian))


MOONS = [math.floor(local_day(new_moon(number))) for number in range(-1260, 1262)]


def months() -> Iterator[tuple[int, int, bool]]:
    """Every month of 1899 to 2101 as (first day, number, is leap), from one winter solstice to the next."""
    for year in range(1899, 2102):
        terms = [principal_term(12 * (year - 2000) + place) for place in range(13)]
        starts = [moon for moon in MOONS if terms[0] - 30 < moon <= terms[12]]
        starts = starts[1:] if starts[1] <= terms[0] else starts
        has_leap = sum(start <= terms[12] for start in starts) == 14
        number = 10
        for start, following in itertools.pairwise(starts):
            is_leap = has_leap and not any(start <= term < following for term in terms)
            has_leap = has_leap and not is_leap
            number += not is_leap
            yield start, (number - 1) % 12 + 1, is_leap


def table() -> Iterator[tuple[int, LunarDate]]:
    """Every month of the table under test."""
    for year in range(1900, 2101):
        leap = lunar.leap_month(year)
        for month in range(1, 13):
            for is_leap in [False, True] if month == leap else [False]:
                date = LunarDate(year, month, is_leap, 1)
                yield lunar.to_civil(date).toordinal(), date


def test_every_month_begins_on_the_day_of_the_new_moon() -> None:
    moons, other = set(MOONS), set()
    for day, date in table():
        if day not in moons:
            other.add(dt.date.fromordinal(day))
            assert {day - 1, day + 1} & moons, date
    assert other == PUBLISHED_OTHERWISE


def test_every_leap_month_is_the_first_without_a_principal_term() -> None:
    computed = {dt.date.fromordinal(start).year: number for start, number, is_leap in months() if is_leap}
    computed = {year: number for year, number in computed.items() if 1900 <= year <= 2100}
    published = {year: lunar.leap_month(year) for year in range(1900, 2101) if lunar.leap_month(year)}
    assert computed | OTHER_LEAPS == published
    assert all(computed[year] != leap for year, leap in OTHER_LEAPS.items())
