"""People: command line, magics, cards, widgets and server. The only room that knows Jupyter."""
