"""Walks a technician with real devices through the questions of the scorecards and writes down what was seen."""
