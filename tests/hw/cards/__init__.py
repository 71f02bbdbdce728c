"""Tests of the cards that can prove themselves: published vectors, and cards computed without the terminal's code."""
