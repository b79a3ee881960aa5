"""The app under faults, attacks and load, with the count of what was lost.

`make faults`, `make attack` and `make soak` run the long forms and print their tables; the tests here run short ones.
"""
