"""Hostile texts, each with the visible part that must still be readable after cleaning and on every screen.

``HOSTILE`` is a list of ``Payload(name, text, visible)``. Texts hold no line breaks beyond those that are the point.
"""

from __future__ import annotations

from typing import NamedTuple

ESC, BEL, ST = "\x1b", "\x07", "\x1b\\"


class Payload(NamedTuple):
    name: str
    text: str
    visible: str


HOSTILE = [
    # Escape sequences
    Payload("csi-colour", f"{ESC}[31mmerah{ESC}[0m", "merah"),
    Payload("csi-clear-screen", f"{ESC}[2J{ESC}[Hhapus layar", "hapus layar"),
    Payload("csi-move", f"naik{ESC}[10A", "naik"),
    Payload("csi-alternate-screen", f"{ESC}[?1049llayar lain", "layar lain"),
    Payload("csi-mouse-on", f"{ESC}[?1000htikus", "tikus"),
    Payload("csi-bracketed-paste-end", f"tempel{ESC}[201~", "tempel"),
    Payload("csi-device-status", f"{ESC}[6nlapor", "lapor"),
    Payload("csi-device-attributes", f"{ESC}[csiapa", "siapa"),
    Payload("csi-window-report", f"{ESC}[21tjudul", "judul"),
    Payload("csi-scroll-region", f"{ESC}[1;2rgulung", "gulung"),
    Payload("csi-unfinished", f"putus{ESC}[38;5", "putus"),
    Payload("csi-long", f"{ESC}[" + "1;" * 500 + "mpanjang", "panjang"),
    Payload("osc-title", f"{ESC}]0;judul jahat{BEL}biasa", "biasa"),
    Payload("osc-title-st", f"{ESC}]2;judul jahat{ST}biasa", "biasa"),
    Payload("osc-8-link", f"{ESC}]8;;https://jahat.example{ST}klik{ESC}]8;;{ST}", "klik"),
    Payload("osc-52-clipboard", f"{ESC}]52;c;cm0gLXJmIH4K{BEL}salin", "salin"),
    Payload("osc-52-query", f"{ESC}]52;c;?{ST}baca", "baca"),
    Payload("osc-4-palette", f"{ESC}]4;1;?{BEL}warna", "warna"),
    Payload("osc-9-notify", f"{ESC}]9;pemberitahuan{BEL}kabar", "kabar"),
    Payload("osc-1337-file", f"{ESC}]1337;File=inline=1:AAAA{BEL}berkas", "berkas"),
    Payload("osc-unfinished", f"ekor{ESC}]0;", "ekor"),
    Payload("dcs-decrqss", f'{ESC}P$q"p{ST}tanya', "tanya"),
    Payload("dcs-tmux", f"{ESC}Ptmux;{ESC}{ESC}]0;x{BEL}{ST}tmux", "tmux"),
    Payload("dcs-sixel", f"{ESC}Pq#0;2;0;0;0{ST}gambar", "gambar"),
    Payload("apc-kitty", f"{ESC}_Gf=100;AAAA{ST}kucing", "kucing"),
    Payload("pm", f"{ESC}^rahasia{ST}pesan", "pesan"),
    Payload("sos", f"{ESC}Xawal{ST}akhir", "akhir"),
    Payload("reset", f"{ESC}cmulai", "mulai"),
    Payload("charset", f"{ESC}(0lqqk{ESC}(Bkotak", "kotak"),
    Payload("two-escapes", f"{ESC}{ESC}[31mdua", "dua"),
    # C0 and C1 alone
    Payload("nul", "a\x00b kosong", "kosong"),
    Payload("bel", "ding\x07dong", "dong"),
    Payload("backspace", "salah\x08\x08\x08benar", "benar"),
    Payload("carriage-return", "ditimpa\rasli", "asli"),
    Payload("crlf", "baris satu\r\nbaris dua", "baris dua"),
    Payload("tab", "kolom\tlain", "kolom lain"),
    Payload("vertical-tab-form-feed", "turun\x0b\x0cdua", "dua"),
    Payload("shift-out", "\x0emiring\x0f", "miring"),
    Payload("substitute", "pengganti\x1a", "pengganti"),
    Payload("delete", "hapus\x7fini", "hapusini"),
    Payload("c1-csi", "\x9b31msatu byte", "satu byte"),
    Payload("c1-osc", "\x9d0;judul\x9cbyte", "byte"),
    Payload("c1-dcs", "\x90q\x9csatu", "satu"),
    Payload("c1-nel", "baris\x85berikut", "berikut"),
    Payload("line-separator", "pisah\u2028baris", "baris"),
    # Direction and hidden text
    Payload("bidi-override", "\u202egnp.exe", "gnp.exe"),
    Payload("bidi-isolate", "\u2066\u2067terisolasi\u2069\u2069", "terisolasi"),
    Payload("bidi-marks", "\u200e\u200f\u061ctanda", "tanda"),
    Payload("zero-width-space", "ti\u200bdak tampak", "tidak tampak"),
    Payload("zero-width-joiner-run", "gan" + "\u200d" * 50 + "deng", "deng"),
    Payload("joiners-at-the-edges", "\u200d\u200ctepi\u200d", "tepi"),
    Payload("word-joiner-bom", "\ufeffka\u2060ta", "kata"),
    Payload("soft-hyphen", "pe\u00adnyu", "penyu"),
    Payload("hangul-filler", "\u3164\u115fisi\uffa0", "isi"),
    Payload("tag-characters", "bendera" + "".join(chr(0xE0000 + ord(letter)) for letter in "jahat"), "bendera"),
    Payload("variation-selectors-supplement", "kode" + "".join(map(chr, range(0xE0100, 0xE0180))), "kode"),
    Payload("annotation", "\ufff9induk\ufffaanak\ufffb", "anak"),
    Payload("zalgo", "s" + "\u0336\u0335\u0311\u030e" * 60 + "etan", "etan"),
    Payload("thai-stack", "ก" + "\u0e49" * 100 + "ไก่", "ไก่"),
    Payload("lone-surrogate-high", "rusak\ud800 tapi ada", "tapi ada"),
    Payload("lone-surrogate-low", "\udcffbyte liar", "byte liar"),
    Payload("surrogates-reversed", "\udc00\ud800terbalik", "terbalik"),
    Payload("noncharacter", "bukan\uffff\ufffehuruf", "bukanhuruf"),
    # Markup
    Payload("markup-style", "[red]x[/red]", "[red]x[/red]"),
    Payload("markup-close-only", "x[/]", "x[/]"),
    Payload("markup-close-unknown", "[/nope] tutup", "[/nope] tutup"),
    Payload("markup-click", "[@click=app.quit]klik aku[/]", "klik aku"),
    Payload("markup-link", "[link=https://jahat.example]sini[/link]", "sini"),
    Payload("markup-unfinished", "[bold", "[bold"),
    Payload("markup-escape", "\\[red]garis miring", "garis miring"),
    Payload("markup-variable", "$name dan [$error]salah[/]", "$name"),
    Payload("rich-emoji-code", ":smile: tetap", ":smile:"),
    Payload("format-braces", "{0} {name!r:>9999999} {{", "{0}"),
    Payload("percent", "100%s %(nama)s %n", "%(nama)s"),
    Payload("shell", "$(reboot) `reboot` ; rm -rf ~", "$(reboot)"),
    Payload("sql", "'); DROP TABLE mention; --", "DROP TABLE mention"),
    Payload("html", "<script>alert(1)</script>", "<script>"),
    Payload("tmux-format", "#(reboot) #{pane_id} #[fg=red]", "#(reboot)"),
    # Honest text that must stay as it is
    Payload("keycap", "pilih 1\ufe0f\u20e3", "pilih 1"),
    Payload("emoji-vs16", "cinta ❤️ kopi ☕️", "kopi"),
    Payload("emoji-family", "keluarga 👨‍👩‍👧‍👦 besar", "👨‍👩‍👧‍👦"),
    Payload("emoji-skin-tone", "halo 👋🏽", "👋🏽"),
    Payload("flags", "merah putih 🇮🇩", "🇮🇩"),
    Payload("combining", "cafe\u0301", "caf\u00e9"),
    Payload("devanagari", "क्षत्रिय ज्ञान", "क्षत्रिय"),
    Payload("arabic", "مرحبا بكم", "مرحبا"),
    Payload("hebrew", "שלום עולם", "שלום"),
    Payload("persian-joiner", "می\u200cخواهم", "می\u200cخواهم"),
    Payload("cjk-wide", "咖啡很好喝", "咖啡"),
    Payload("hangul-jamo", "\u1112\u1161\u11ab", "한"),
    Payload("long-line", "panjang " * 5_000, "panjang panjang"),
    Payload("long-word", "a" * 25_000, "aaaa"),
    Payload("many-lines", "baris\n" * 4_000, "baris"),
    Payload("spaces-only-then-text", " " * 500 + "jauh", "jauh"),
    Payload("astral", "𝕂𝕠𝕡𝕚 🫘", "𝕂𝕠𝕡𝕚"),
]

# Nested, doubled and hidden in other forms.
HOSTILE += [
    Payload(
        "osc-8-nested", f"{ESC}]8;;https://a.example/{ESC}]8;;https://b.example{ST}{ST}dalam{ESC}]8;;{ST}", "dalam"
    ),
    Payload("osc-in-csi", f"{ESC}[3{ESC}]52;c;QQ=={BEL}1msisip", "sisip"),
    Payload("c1-osc-8", "\x9d8;;https://jahat.example\x9ctaut\x9d8;;\x9c", "taut"),
    Payload("c1-apc", "\x9fGa=d\x9capc", "apc"),
    Payload("c1-sos-pm", "\x98x\x9c\x9ey\x9cpesan lama", "pesan lama"),
    Payload("c1-single-shift", "\x8e\x8fgeser", "geser"),
    Payload("flood-of-many-scripts", "x" + "\u0301\u05b0\u064b\u0e49\u3099" * 200 + "banjir", "banjir"),
    Payload("markup-nested", "[b][i][@click=app.exit]lapis[/][/i][/b]", "[b][i][@click=app.exit]lapis[/][/i][/b]"),
    Payload("markup-quit-all", "[@click='app.quit']a[/] [@click=screen.leave]b[/]", "[@click='app.quit']a[/]"),
    Payload("markup-in-brackets", "[[red]]dua[[/red]]", "[[red]]dua[[/red]]"),
]
