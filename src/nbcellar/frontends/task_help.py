"""What ``%%task?`` shows: examples first."""

HELP = """Keep what a cell writes.

Examples::

    %%task clean                              run the cell as ever; what it writes becomes clean@1, clean@2 ...
    %%task clean -> cleaned                   and bind the asset to a variable
    %%task fit --param alpha --in data/*.csv  name what it depends on
    %%task fit --cache 7d                     skip it while nothing that it depends on has changed
    %%task plots --match "*.{png,svg}"        keep only some of the files
    %%task train --fresh --in cleaned=clean@prod    run in an empty folder, with one asset linked in
    %%task fetch --retries 3:10s..2m --timeout 10m
    %task clean                               the same on a cell's first line, kind to linters

Options::

    --in [ALIAS=]REF    a file, folder, glob, URL, asset (clean, clean@3, cellar:clean) or $variable; repeatable
    -p, --param NAME[=VALUE]    a variable, or a value, that counts as a parameter; repeatable
    --match GLOB        what to keep; repeatable          --exclude GLOB   what not to keep; repeatable
    --fresh             run in a new empty folder         --all            keep the whole folder
    --at DIR            look at DIR instead of the current folder
    --use RESOURCE      a live resource; repeatable
    --env NAME [--new] [--no-symlink]    the dict `env`, loaded before and saved after
    --cache [AGE] [--files-only] [--vars a,b] [--force]    skip when nothing changed (10m, 2h, 7d)
    --retries N[:BACKOFF]    3, 3:10s or 3:10s..2m        --timeout DURATION
    --alias A   --tag K[=V]   --note TEXT
    --on-error keep|drop     what to do with the files of a failed run (kept, for 7 days)
    -q, --quiet   --dry-run   --store-in
"""
