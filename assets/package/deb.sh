#!/bin/bash
# deb.sh BUILD VERSION — makes the packages for Debian in BUILD from the programs in it, installs them in a root of their own,
# and starts what was installed. What a package holds is under deb/, as it will lie on the disk.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
build=$(cd "$1" && pwd)
version=$2
arch=$(dpkg --print-architecture)
packages=(ezhitong-cardprobe ezhitong-frontdesk ezhitong-kiosk)

wrong() {
	echo "deb: $*" >&2
	exit 1
}

# What the window toolkit opens by name when it starts, so that nobody sees it linked.
opened='libegl1, libgl1-mesa-dri, libwayland-cursor0, libwayland-egl1, libx11-6, libx11-xcb1, libxcursor1, libxext6, libxi6, libxinerama1, libxkbcommon0, libxrandr2, libxrender1, libxxf86vm1'

# libraries gives the packages whose libraries a program links.
libraries() { # PROGRAM
	mkdir -p "$build/shlibs/debian"
	printf 'Source: ezhitong\n\nPackage: ezhitong\nArchitecture: any\n' >"$build/shlibs/debian/control"
	(cd "$build/shlibs" && dpkg-shlibdeps -O "$1" 2>/dev/null) | sed -n 's/^shlibs:Depends=//p'
}

pack() { # PACKAGE
	local name=${1#ezhitong-} tree=$build/$1 lib doc
	rm -rf "$tree"
	cp -r "$here/deb/$1" "$tree"
	doc=$tree/usr/share/doc/$1
	mkdir -p "$tree/usr/bin" "$doc"
	if [ "$name" = cardprobe ]; then
		install -m 755 "$build/cardprobe" "$tree/usr/bin/ezhitong-cardprobe"
		for size in 48 128 256; do
			lib=$tree/usr/share/icons/hicolor/${size}x$size/apps
			mkdir -p "$lib"
			rsvg-convert -w $size -h $size -o "$lib/ezhitong.png" "$root/assets/icons/mark.svg"
		done
		mkdir -p "$tree/usr/share/icons/hicolor/scalable/apps"
		cp "$root/assets/icons/mark.svg" "$tree/usr/share/icons/hicolor/scalable/apps/ezhitong.svg"
	else
		mkdir -p "$tree/usr/lib/ezhitong"
		install -m 755 "$build/$name" "$tree/usr/lib/ezhitong/$name"
		install -m 755 "$here/deb/launch" "$tree/usr/bin/ezhitong-$name"
	fi
	cp "$here/deb/copyright" "$doc/copyright"
	{
		printf 'ezhitong (%s) stable; urgency=medium\n\n  * What changed is in CHANGELOG.md of the project.\n\n' "$version"
		printf ' -- E-Zhitong maintainers <maintainers@ezhitong.tw>  %s\n' "$(LC_ALL=C date -R -u -r "$root/internal/version/version.go")"
	} | gzip -9n >"$doc/changelog.gz"
	sed -i -e "s/@VERSION@/$version/g" -e "s/@ARCH@/$arch/" -e "s/@LIBS@/$(libraries "$build/$name")/" -e "s/@OPENED@/$opened/" "$tree/DEBIAN/control"
	printf 'Installed-Size: %s\n' "$(du -k -s --exclude=DEBIAN "$tree" | cut -f1)" >>"$tree/DEBIAN/control"
	find "$tree" -type d -exec chmod 755 {} +
	find "$tree" -type f ! -perm /111 -exec chmod 644 {} +
	(cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
	dpkg-deb --root-owner-group -Zxz -z2 --build "$tree" "$build/${1}_${version}_$arch.deb" >/dev/null
	rm -rf "$tree"
}

# installs the packages where nothing else is, and takes them away again.
try() {
	local in=$build/root folder=$build/session name pid display=:${DISPLAY_NUMBER:-73} said
	rm -rf "$in" "$folder"
	mkdir -p "$in/var/lib/dpkg"/{info,updates} "$in/etc" "$folder"
	: >"$in/var/lib/dpkg/status"
	printf 'root:x:0:0::/root:/bin/sh\n' >"$in/etc/passwd"
	printf 'root:x:0:\ndialout:x:20:\n' >"$in/etc/group"
	dpkg --root="$in" --force-script-chrootless --force-depends --force-not-root --install "$build"/*.deb >"$build/install.txt" 2>&1 ||
		{ cat "$build/install.txt" >&2; wrong '裝不起來 / they do not install'; }
	grep -q '^dialout:.*ezhitong-kiosk' "$in/etc/group" || wrong '報到機的使用者不在 dialout / the kiosk is not in the group dialout'
	[ -L "$in/etc/systemd/system/multi-user.target.wants/ezhitong-kiosk.service" ] || wrong '報到機沒有啟用 / the kiosk is not enabled'
	for name in cardprobe frontdesk kiosk; do
		said=$(HOME=$folder "$in/usr/bin/ezhitong-$name" --version)
		[ "$said" = "$name $version" ] || wrong "$name 說 / says: $said"
	done
	desktop-file-validate "$in"/usr/share/applications/*.desktop
	for name in "$in"/usr/lib/systemd/system/*; do # with the programs where they lie now; what is wrong is said, and no failure
		sed "s|/usr/lib/ezhitong/|$in&|" "$name" >"$folder/${name##*/}"
	done
	systemd-analyze verify --man=no "$folder"/*.service "$folder"/*.timer >"$build/units.txt" 2>&1 && [ ! -s "$build/units.txt" ] ||
		{ cat "$build/units.txt" >&2; wrong 'systemd 的設定不對 / the units are wrong'; }

	# The session as xinit starts it, on a display in memory: a window comes, and kiosk-stop ends it.
	Xvfb "$display" -screen 0 1280x800x24 -nolisten tcp >/dev/null 2>&1 &
	local server=$!
	trap 'kill $server 2>/dev/null' EXIT
	export HOME=$folder DISPLAY=$display LIBGL_ALWAYS_SOFTWARE=1 STATE_DIRECTORY=$folder RUNTIME_DIRECTORY=$folder
	timeout 20 sh -c 'until xdpyinfo >/dev/null 2>&1; do sleep 0.1; done'
	echo '{"keys": "file"}' >"$folder/kiosk.json"
	"$in/usr/lib/ezhitong/kiosk-session" >"$build/session.txt" 2>&1 &
	pid=$!
	timeout 60 xdotool search --sync --onlyvisible --pid $pid >/dev/null || { cat "$build/session.txt" >&2; wrong '報到機沒有畫面 / the kiosk shows no window'; }
	"$in/usr/lib/ezhitong/kiosk-stop"
	timeout 30 tail --pid=$pid -f /dev/null || { kill -KILL $pid; wrong '報到機不肯結束 / the kiosk does not end'; }
	wait $pid || { cat "$build/session.txt" >&2; wrong '報到機沒有好好結束 / the kiosk did not end well'; }
	kill $server
	trap - EXIT

	dpkg --root="$in" --force-script-chrootless --force-not-root --purge "${packages[@]}" >"$build/install.txt" 2>&1 ||
		{ cat "$build/install.txt" >&2; wrong '移除不了 / they do not go'; }
	[ -z "$(find "$in" -path "$in/var" -prune -o -path "*ezhitong*" -print -quit)" ] || wrong '移除後還有檔案 / files stay behind'
	rm -rf "$in" "$folder"
}

rm -f "$build"/*.deb
for package in "${packages[@]}"; do pack "$package"; done
try
# A page for man(1) is --help; PIE would compile everything a second time for these packages alone.
lintian --allow-root --fail-on error,warning --suppress-tags no-manual-page,hardening-no-pie,initial-upload-closes-no-bugs "$build"/*.deb
(cd "$build" && ls -l ./*.deb | awk '{ printf "   %6.1f MB  %s\n", $5 / 1048576, $9 }')
