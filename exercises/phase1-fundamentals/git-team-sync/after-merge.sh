#!/usr/bin/env bash
# Runs in your clone, after the review. Nobody is at the keyboard.
set -eu

# 1. Bring main up to date, and forget the branches that are gone on the remote.

# 2. Is topic/depots merged? Then delete it, here and on the remote.

echo 'after-merge.sh: nothing done yet'
