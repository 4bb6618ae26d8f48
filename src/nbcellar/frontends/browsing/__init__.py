"""What the asset browser asks and is told: the same in a notebook's widget and in JupyterLab's panel."""
