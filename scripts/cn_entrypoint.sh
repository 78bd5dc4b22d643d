#!/bin/sh
# The official entrypoint's name and arguments (docs/migration.md).
exec sr-agent run cn "$@"
