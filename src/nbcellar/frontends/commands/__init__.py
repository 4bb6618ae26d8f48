"""The verbs: each defined once, used by ``nbcellar VERB``, ``%cellar VERB`` and ``cellar.VERB()``."""
