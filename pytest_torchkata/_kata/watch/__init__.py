"""The watcher: on save, the verdict, from processes that already hold torch.

Three kinds of process, each started by the one before:

- the one the learner called: files, keys and the screen (`loop`); it is light;
- the warm one (`warm`): holds torch, pytest and Hypothesis, has one thread, and forks;
- a child a save (`child`): imports the learner's file, runs the steps, ends.

They speak lines of JSON (`lines`). Where there is no fork, the first one starts children that warm
themselves up and wait for the next save (`runners.Spawning`).
"""
