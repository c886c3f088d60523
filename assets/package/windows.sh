#!/bin/bash
# windows.sh BUILD VERSION — makes the programs for Windows in BUILD: signed, as an installer and as a portable zip, and
# looks at what came out. `make windows` compiles them first, with resources made by: windows.sh --resource BUILD VERSION NAME TITLE.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
host=x86_64-w64-mingw32

icon() { # makes $build/ezhitong.ico
	local size pictures=()
	for size in 16 24 32 48 64 256; do
		rsvg-convert -w "$size" -h "$size" -o "$build/icon-$size.png" "$root/assets/icons/mark.svg"
		pictures+=("$build/icon-$size.png")
	done
	icotool -c -o "$build/ezhitong.ico" "${pictures[@]}"
}

resource() { # VERSION NAME TITLE: makes $build/NAME.o for the linker
	icon
	sed -e "s|@ICON@|$build/ezhitong.ico|" -e "s|@MANIFEST@|$here/windows/app.manifest|" -e "s|@VERSION@|$1|" \
		-e "s|@COMMAS@|${1//./,},0|" -e "s|@NAME@|$2|" -e "s|@TITLE@|$3|" "$here/windows/resource.rc.in" >"$build/$2.rc"
	"$host-windres" -c 65001 "$build/$2.rc" "$build/$2.o"
}

# certificate makes a key and a certificate for trials; with SIGN_CERT and SIGN_KEY set, those are used.
certificate() {
	[ -z "${SIGN_CERT:-}" ] || return 0
	export SIGN_CERT=$build/test-cert.pem SIGN_KEY=$build/test-key.pem
	openssl req -x509 -newkey rsa:3072 -nodes -days 365 -sha256 -subj '/O=E-Zhitong/CN=E-Zhitong test signing' \
		-addext basicConstraints=critical,CA:false -addext keyUsage=critical,digitalSignature \
		-addext extendedKeyUsage=codeSigning -keyout "$SIGN_KEY" -out "$SIGN_CERT" 2>/dev/null
	chmod 600 "$SIGN_KEY"
}

wrong() {
	echo "windows: $*" >&2
	exit 1
}

# looks at a program: signed, with icon, version and manifest, of the right kind, and content with what Windows has itself.
check() { # FILE SUBSYSTEM
	local dll about
	osslsigncode verify -CAfile "$SIGN_CERT" -in "$1" >"$build/verify.txt" 2>&1 || { cat "$build/verify.txt" >&2; wrong "$1 的簽章不對 / its signature does not hold"; }
	"$host-objdump" -p "$1" >"$build/imports.txt"
	grep -q "Subsystem.*$2" "$build/imports.txt" || wrong "$1 不是 $2 程式 / is no $2 program"
	while read -r dll; do
		about=$(find /usr/$host/lib /usr/lib/gcc/$host -iname "$dll" -print -quit)
		[ -z "$about" ] || wrong "$1 需要 MinGW 的 $dll / needs $dll of MinGW"
	done < <(sed -n 's/.*DLL Name: //p' "$build/imports.txt")
	wrestool -l "$1" >"$build/resources.txt"
	for kind in type=3 type=14 type=16 type=24; do # icon, group of icons, version, manifest
		grep -q -- "--$kind " "$build/resources.txt" || wrong "$1 沒有資源 $kind / has no resource of $kind"
	done
}

# tries the installer in the Windows that Wine plays, as a desk and as a kiosk: what is there afterwards, and what stays
# of the data when the programs go.
trial() ( # SETUP
	export WINEPREFIX=$build/trial WINEDEBUG=-all DISPLAY=
	programs="$WINEPREFIX/drive_c/Program Files/E-Zhitong"
	data=$WINEPREFIX/drive_c/ProgramData/E-Zhitong
	starts="$WINEPREFIX/drive_c/ProgramData/Microsoft/Windows/Start Menu/Programs"
	mkdir -p "$WINEPREFIX"
	trap 'timeout 60 wineserver -k || true; rm -rf "$WINEPREFIX"' EXIT
	timeout 300 wineboot -i >"$build/trial.txt" 2>&1
	timeout 60 wine reg add 'HKCU\Software\Wine' /v Version /d win10 /f >>"$build/trial.txt" 2>&1
	for kind in desk kiosk; do
		name=frontdesk options=()
		[ $kind = desk ] || { name=kiosk options=(/KIOSK); }
		timeout 300 wine "$1" /S "${options[@]}" >>"$build/trial.txt" 2>&1 || wrong "安裝程式沒有裝成 / the installer failed ($kind): $build/trial.txt"
		for file in "$name" cardprobe uninstall; do
			[ -s "$programs/$file.exe" ] || wrong "裝好後沒有 $file.exe / there is no $file.exe after installing ($kind)"
		done
		cmp -s "$build/$name.exe" "$programs/$name.exe" || wrong "$name.exe 和做好的不同 / is not the one that was built"
		[ "$(find "$programs" -name '*.exe' | wc -l)" = 3 ] || wrong "多裝了別的程式 / other programs were installed too ($kind)"
		[ -n "$(find "$starts" -path '*疫苗E指通*.lnk')" ] || wrong "開始功能表沒有捷徑 / no shortcut in the start menu ($kind)"
		[ $kind = desk ] || [ -n "$(find "$starts" -ipath '*/startup/*.lnk')" ] || wrong "登入時不會開啟 / it does not start at log-on"
		echo kept >"$data/kept.txt"
		timeout 120 wine "$programs/uninstall.exe" /S >>"$build/trial.txt" 2>&1
		timeout 120 wineserver -w || wrong "移除沒有結束 / the removal does not end ($kind)"
		[ ! -e "$programs" ] || wrong "移除後還有程式 / programs are left ($kind)"
		[ -z "$(find "$WINEPREFIX/drive_c" -name '*疫苗E指通*')" ] || wrong "移除後還有捷徑 / shortcuts are left ($kind)"
		[ -s "$data/kept.txt" ] || wrong "移除時刪了資料 / the data went with the programs ($kind)"
	done
)

if [ "$1" = --resource ]; then
	mkdir -p "$2"
	build=$(cd "$2" && pwd)
	resource "$3" "$4" "$5"
	exit
fi

build=$(cd "$1" && pwd)
version=$2
certificate
cp "$root/LICENSE" "$build/LICENSE.txt"
for name in frontdesk kiosk cardprobe; do
	sh "$here/sign.sh" "$build/$name.exe"
done
setup=$build/ezhitong-$version-setup.exe
makensis -V2 -WX -INPUTCHARSET UTF8 -DVERSION="$version" -DFILES="$build" -DOUT="$setup" -DSIGN="$here/sign.sh" "$here/windows/installer.nsi"
sh "$here/sign.sh" "$setup"

portable=$build/ezhitong-$version-windows
rm -rf "$portable" "$portable.zip"
mkdir "$portable"
cp "$build"/{frontdesk,kiosk,cardprobe}.exe "$build/LICENSE.txt" "$portable"
sed 's/$/\r/' "$here/windows/README.txt" >"$portable/README.txt"
(cd "$build" && zip -q -r "$portable.zip" "${portable##*/}")
rm -rf "$portable"

for name in frontdesk kiosk; do check "$build/$name.exe" GUI; done
check "$build/cardprobe.exe" CUI
osslsigncode verify -CAfile "$SIGN_CERT" -in "$setup" >/dev/null || wrong "安裝程式的簽章不對 / the installer's signature does not hold"
unzip -tq "$portable.zip" >/dev/null
trial "$setup"
(cd "$build" && ls -l ./*.exe ./*.zip | awk '{ printf "   %6.1f MB  %s\n", $5 / 1048576, $9 }')
