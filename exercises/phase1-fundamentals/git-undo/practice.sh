#!/usr/bin/env bash
# Builds five practice repositories like those the checks use, with new texts each time.
# Use: bash practice.sh new-folder       (nothing in here needs a change from you)
set -eu

folder=${1:?the name of a new folder}
if [ -e "$folder" ]; then
  echo "practice.sh: '$folder' is already there. Give the name of a new folder." >&2
  exit 2
fi
mkdir -p "$folder"
cd "$folder"
root=$PWD

begin() { # name: a new repository, and into it
  mkdir -p "$root/$1"
  cd "$root/$1"
  git init -q
  git symbolic-ref HEAD refs/heads/main
  git config user.name 'Pelican Learner'
  git config user.email learner@pelican.test
  git config commit.gpgsign false
}
put() { # file message [text]
  echo "${3:-$2 $RANDOM}" >>"$1"
  git add "$1"
  git commit -q -m "$2"
}

# 1. A bad merge that the remote has
begin undo-merge
printf 'S 300\nM 400\nL 500\n\n\n\nCourier 5\n' >prices.txt
put lockers.txt 'Start'
put prices.txt 'List the prices' 'Van 9'
git switch -q -c discount
sed 's/^M .*/M 1/' prices.txt >new && mv new prices.txt
git rm -q lockers.txt
put discount.txt 'Discount for everyone'
git commit -q -a -m 'Lower M'
git switch -q main
put depots.txt 'Add a depot'
git merge -q --no-ff --no-edit discount
git branch -q -d discount
put prices.txt 'Price of the bicycle' 'Bicycle 3'
git clone -q --bare . "$root/undo-merge.git" 2>/dev/null
git remote add origin "$root/undo-merge.git"
git fetch -q
git branch -q -u origin/main
pwd

# 2. A wrong message and author
begin fix-commit
put prices.txt 'Start'
put lockers.txt 'Lockers'
echo 'Locker 4 is closed' >>lockers.txt
git -c user.name=root -c user.email=root@localhost commit -q -a -m asdf
printf 'Say which lockers are closed\n\nReported by the depot, ticket %s.\n' "$RANDOM" >message.txt
pwd

# 3. A deleted branch
begin bring-back
put prices.txt 'Start'
git switch -q -c salvage
put labels.txt 'Write labels'
put labels.txt 'Print labels'
echo "and cut them $RANDOM" >>labels.txt
git commit -q -a --amend -m 'Print and cut labels'
git switch -q main
git branch -q -D salvage
git switch -q -c other
put notes.txt 'Other work'
git switch -q main
pwd

# 4. A token in the history
begin forget-token
token=tk-$RANDOM-$RANDOM
put lockers.txt 'Start'
printf 'host=depot\ntoken=%s\n' "$token" >settings.conf
put settings.conf 'Settings' port=8080
git switch -q -c side
put labels.txt 'Labels'
git switch -q main
put settings.conf 'More settings' retries=3
git tag -a v0.1 -m 'First try'
echo "draft $RANDOM" >>lockers.txt
git stash push -q -m 'Half a thought'
echo "$PWD    (the token: $token)"

# 5. 64 commits, one of them bad
begin find-bad
bad=$((10 + RANDOM % 50))
for i in $(seq 64); do
  if [ "$i" -lt "$bad" ]; then echo "7 $i"; else echo "8 $i"; fi >limit.txt
  git add limit.txt
  git commit -q -m "Step $i"
done
printf '#!/bin/sh\necho run >>"%s/runs.log"\ngrep -q "^7 " limit.txt\n' "$root" >"$root/test.sh"
echo "$PWD        (the test: $root/test.sh)"
