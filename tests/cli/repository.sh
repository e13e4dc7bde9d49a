# To be sourced: a repository whose branch changes the prompts of tests/cli/prompts.
prompts=$PWD/tests/cli/prompts
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org GIT_{AUTHOR,COMMITTER}_DATE=2026-11-22T10:00:00Z
git init --quiet --initial-branch=main
cp -r "$prompts/before" prompts && git add --all && git commit --quiet --message before
git switch --quiet --create longer
rm -r prompts && cp -r "$prompts/after" prompts && git add --all && git commit --quiet --message after
