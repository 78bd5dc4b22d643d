#!/bin/sh
# The preStop hook of the operators 1.8 to 1.10 (docs/migration.md).
exec sr-agent prestop "$@"
