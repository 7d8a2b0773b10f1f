#!/usr/bin/env bash
# Builds a practice remote and your clone of it, like those the checks use, with new numbers.
# Use: bash practice.sh new-folder       (nothing in here needs a change from you)
#      bash practice.sh --merge folder   (plays the reviewer, who merges topic/depots)
set -eu

by() { # name command...: runs git as somebody
  local name=$1
  shift
  git -c user.name="$name" -c user.email=crew@pelican.test -c commit.gpgsign=false "$@"
}

if [ "${1:-}" = --merge ]; then
  cd "${2:?the practice folder}/pelican.git"
  tree=$(git merge-tree --write-tree main topic/depots | head -n 1) # needs git 2.38
  commit=$(by 'Mira Okafor' commit-tree -p main -p topic/depots -m 'Merge topic/depots' "$tree")
  git update-ref refs/heads/main "$commit"
  git branch -q -D topic/doors
  echo 'Merged topic/depots into main on the remote.'
  exit
fi

folder=${1:?the name of a new folder}
if [ -e "$folder" ]; then
  echo "practice.sh: '$folder' is already there. Give the name of a new folder." >&2
  exit 2
fi
mkdir -p "$folder"
cd "$folder"

# The remote. Its hook stands in for a server that protects main.
git init -q --bare pelican.git
git -C pelican.git symbolic-ref HEAD refs/heads/main
cat >pelican.git/hooks/pre-receive <<'HOOK'
#!/bin/sh
while read -r old new ref; do
  if [ "$ref" = refs/heads/main ]; then
    echo 'main is protected. Push a branch topic/... and ask for a review.' >&2
    exit 1
  fi
done
HOOK
chmod +x pelican.git/hooks/pre-receive

# A colleague's clone, which may write past the hook: it stands for merges after a review.
git clone -q pelican.git colleague 2>/dev/null
cd colleague
git symbolic-ref HEAD refs/heads/main
publish() { git --git-dir=../pelican.git fetch -q "$PWD" "+$1:$1"; }

shared=$((4 + RANDOM % 4))
depots() { # hours-of-the-shared-line lockers-of-it lockers-of-another
  echo 'depot,opens,closes,lockers'
  for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
    case $i in
      "$shared") echo "depot$i,$1,$2" ;;
      12) echo "depot$i,09:00,17:30,$3" ;;
      *) echo "depot$i,08:00,18:00,$((10 + i))" ;;
    esac
  done
}
depots 08:30,18:00 24 30 >depots.csv
echo '# Depots' >README.md
git add .
by 'Mira Okafor' commit -q -m 'Start with the depots'
publish main
for branch in topic/lights topic/doors; do
  git switch -q -c "$branch" main
  echo 'Work in progress' >"${branch#topic/}.txt"
  git add .
  by 'Jonas Lind' commit -q -m "Begin with the ${branch#topic/}"
  publish "$branch"
done
git switch -q main

# Your clone, with commits on main that are not pushed
cd ..
git clone -q pelican.git pelican
cd pelican
git config user.name 'Pelican Learner'
git config user.email learner@pelican.test
git config commit.gpgsign false
git branch -q --no-track draft
depots 08:30,18:00 $((25 + RANDOM % 50)) $((31 + RANDOM % 50)) >depots.csv
git commit -q -a -m 'More lockers'
printf 'depot,closed\ndepot2,2027-05-01\n' >holidays.csv
git add holidays.csv
git commit -q -m 'List the holidays'
echo 'Ask Mira about the keys.' >notes.txt

# What the colleague has merged meanwhile
cd ../colleague
depots "0$((6 + RANDOM % 2)):15,19:$((10 + RANDOM % 50))" 24 30 >depots.csv
by 'Jonas Lind' commit -q -a -m 'New hours'
printf '\nCall Jonas before you change the hours.\n' >>README.md
by 'Jonas Lind' commit -q -a -m 'Say who to call'
publish main
cd ..
rm -rf colleague
echo "Your clone: $PWD/pelican"
