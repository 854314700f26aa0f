"""What the entry point `torchkata` names, so that both ways to load the plugin go together.

pytest refuses a module that is registered under two names; through this one,
`-p pytest_torchkata.plugin` works where the plugin is installed, and so does `-p no:torchkata`.
"""

pytest_plugins = ["pytest_torchkata.plugin"]
