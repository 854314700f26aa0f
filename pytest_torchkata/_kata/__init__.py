"""The katas: what a kata folder holds, how a run of it is judged, shown and proved.

Loading any of it imports no torch, so that `torchkata list` stays fast; a run of katas does.
"""

# The attribute of a report in which a kata's step tells its result.
RECORD = "torchkata"
