#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# image-pair.sh FOLDER   makes FOLDER/old.img and FOLDER/new.img: a Debian root file system as its release had it, and the same packages with all
# security and other updates and four packages more, each in an ext4 image of 2 GiB. Needs apt with Debian's own sources, dpkg-deb, mke2fs, and
# 8 GB; no root. Packages come through apt, which checks their signatures. Exit status 3: this machine cannot, and says why.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
packages=(linux-image-amd64 nginx postgresql-15 git vim python3 openssh-server curl rsync locales systemd-sysv apt less man-db gcc)
more=(strace htop tcpdump nodejs)

for tool in apt-get dpkg-deb mke2fs; do
  command -v "$tool" >/dev/null || { echo "there is no $tool"; exit 3; }
done
apt-cache policy 2>/dev/null | grep -q 'l=Debian-Security' || { echo "apt has no list of Debian's security updates: run apt-get update on a Debian"; exit 3; }
apt-cache show postgresql-15 >/dev/null 2>&1 || { echo "apt knows no postgresql-15: this needs Debian 12"; exit 3; }

: >"$folder/status"
: >"$folder/new.pref"
printf 'Package: *\nPin: release l=Debian-Security\nPin-Priority: -1\n\nPackage: *\nPin: release a=*-updates\nPin-Priority: -1\n' >"$folder/old.pref"

# Resolves against an empty system, so that all of it is fetched, and installs nothing.
fetch() {
  mkdir -p "$folder/$1/partial" "$folder/cache"
  apt-get -o Dir::State::status="$folder/status" -o Dir::Cache="$folder/cache" -o Dir::Cache::archives="$folder/$1" \
    -o Dir::Etc::preferences="$folder/$1.pref" -o Dir::Etc::preferencesparts=/dev/null -o Debug::NoLocking=1 \
    -o APT::Sandbox::User=root -o APT::Install-Recommends=false -qq -y --download-only install "${@:2}" >/dev/null \
    || { echo "apt could not fetch the packages of $1.img"; exit 3; }
}

image() {
  local deb
  mkdir -p "$folder/root"
  for deb in "$folder/$1"/*.deb; do dpkg-deb -x "$deb" "$folder/root"; done
  E2FSPROGS_FAKE_TIME=1700000000 mke2fs -q -t ext4 -U 2bd5f1a0-9b0e-4b7e-8a55-0d4d2f3a6c10 \
    -E hash_seed=2bd5f1a0-9b0e-4b7e-8a55-0d4d2f3a6c11 -d "$folder/root" "$folder/$1.img.new" 2G >/dev/null
  mv "$folder/$1.img.new" "$folder/$1.img"
  ls "$folder/$1"/*.deb | wc -l >"$folder/$1.packages"
  rm -rf "$folder/root" "$folder/$1"
}

fetch old "${packages[@]}"
fetch new "${packages[@]}" "${more[@]}"
image old
image new
