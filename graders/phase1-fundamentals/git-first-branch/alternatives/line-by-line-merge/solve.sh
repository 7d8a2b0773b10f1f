#!/bin/sh
# Plain POSIX shell: nothing here needs bash.
set -eu

work=$(mktemp -d "${TMPDIR:-/tmp}/solve.XXXXXX")
trap 'rm -rf "$work"' EXIT

# record <file> <message>...: one commit for one file, with one paragraph for each further word
record() {
  file=$1
  shift
  git add -f -- "$file"
  printf '%s\n\n' "$@" | git commit -q -F - -- "$file"
}

# stage <1|2|3>: that version of prices.json, with a line of its own between every two lines. Two
# changes in neighbouring lines are one conflict for git; with something between them they are two.
stage() {
  git show ":$1:prices.json" | awk '{ print; print "~~ " NR }' >"$work/$1"
}

settle() {
  stage 1
  stage 2
  stage 3
  # Only L was changed by both, and there the branch is right.
  git merge-file -p --theirs "$work/2" "$work/1" "$work/3" |
    grep '^ ' | sed 's/^ *//; s/, *$//' >"$work/pairs"
  # Last key first; the comma comes before each pair but the first one.
  awk '{ pair[NR] = $0 }
    END {
      printf "{"
      for (i = NR; i > 0; i--) printf "%s\n\t%s", (i < NR ? "," : ""), pair[i]
      printf "\n}"
    }' "$work/pairs" >prices.json
}

ignore() {
  cat >.gitignore <<'EXCEPTIONS'
# Hidden files stay at home, and so does every text file, except for these.
.*
*.txt
!.gitignore
!notes.txt
EXCEPTIONS
}

git checkout -q -b feature/labels
record labels.ts 'Write labels'
record prices.json 'Charge for labels' 'And a new price for L.'

# Without a "+", this takes a fast-forward and nothing else.
git fetch -q . incoming:main
git checkout -q main
git pull -q --no-rebase --no-ff --no-commit . feature/labels || settle
ignore
git add prices.json .gitignore
git commit -q -m 'Take in the labels'
# A second thought about the text; the first version of the merge stays behind, unreachable.
git commit -q --amend -m 'Take in the labels, and ignore what is nobody else'\''s business'

echo 'First release' | git tag -a -F - v1.0.0
git branch -q -d feature/labels incoming
# The way one leaves a workshop: everything packed.
git gc -q
