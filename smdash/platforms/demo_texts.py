"""What the demo's strangers write. Data, not screen text: never translated; every name here is made up.

Lines may hold the fields ``item``, ``city``, ``order``, ``price`` and ``kilos``. A topic has what a customer asks, what
the brand answers, and what the customer writes then.
"""

from __future__ import annotations

from typing import NamedTuple

BRAND = "Kopi Senja"


class Topic(NamedTuple):
    asks: tuple[str, ...]
    answers: tuple[str, ...]
    follow_ups: tuple[str, ...]


ORDER = Topic(
    (
        "Kak, pesanan saya {order} belum sampai juga, sudah {kilos} hari 😢",
        "Min, bisa ganti alamat untuk pesanan {order}? Saya pindah ke {city}",
        "Saya pesan {item} tapi yang datang beda, ini bagaimana ya?",
        "Halo, nomor resi {order} tidak ketemu di situs kurir",
        "Hi! Order {order} still says “packed”. When does it ship?",
        "Punten kang, pesenan abdi {order} tos dikirim teu acan?",
        "Mbak, pesenanku {order} wis tekan ngendi yo? 🙏",
        "Titiang sampun mesen {item}, dados jemput ring {city}?",
        "Bisa batalkan pesanan {order}? Dobel tadi kepencet 🙈",
        "Kak kalau pesan {item} sekarang, keburu buat hari Sabtu?",
    ),
    (
        "Halo kak, mohon maaf ya. Pesanan {order} kami cek dulu, kabar menyusul hari ini 🙏",
        "Siap kak, alamatnya sudah kami ganti ke {city}.",
        "Sorry about that! {order} leaves our roastery this afternoon.",
    ),
    (
        "Sudah sampai kak, terima kasih banyak! ☕",
        "Masih belum ada kabar ya kak… tolong dicek lagi",
        "Matur nuwun, tak enteni 🙏",
        "Thanks, got it now!",
    ),
)
HOURS = Topic(
    (
        "Buka jam berapa ya hari Minggu?",
        "Kedai yang di {city} tutup jam berapa kak?",
        "Tanggal merah besok buka nggak min?",
        "Are you open on public holidays in {city}?",
        "Dinten Senen buka, kang? Abdi ti {city}",
        "Isuk jam pira wis buka, Mas? Arep ngopi karo kanca",
        "Kak, di {city} ada colokan dan mushala nggak? Mau kerja seharian 💻",
        "Bisa reservasi meja buat 8 orang Jumat malam?",
    ),
    (
        "Setiap hari kami buka 07.00–22.00 kak, sampai ketemu! ☀️",
        "Yes, we are: 8 to 9 on holidays. See you in {city}!",
        "Bisa kak, meja untuk Jumat malam sudah kami catat.",
    ),
    ("Sip, meluncur! 🛵", "Oke kak makasih infonya", "Great, see you then", "Nggih, suksma 🙏"),
)
COMPLAINT = Topic(
    (
        "Kecewa banget, {item} saya tumpah semua di jalan. Kemasannya tipis 😡",
        "Sudah DM dari kemarin tidak dibalas. Tolong dong!",
        "Antre 40 menit di kedai {city}, kasirnya cuma satu…",
        "My {item} arrived stale, roast date was two months ago. Not okay.",
        "Kopine kok saiki rasane beda, ora kaya biyen",
        "Harga naik, gelas makin kecil. Dulu segini {price} dapat yang besar",
        "Grinder saya macet gara-gara ada batu kecil di bungkus {order}!!",
        "Kok dipotong dua kali ya di dompet digital saya? Pesanan {order}",
        "Staf di {city} ketus, padahal saya cuma tanya soal {item}",
    ),
    (
        "Mohon maaf sekali kak 🙏 {item}-nya kami kirim ulang hari ini, tanpa biaya.",
        "Terima kasih sudah memberi tahu. Boleh kirim foto kemasannya lewat DM?",
        "We are sorry, that is not what {item} should taste like. A fresh bag is on its way.",
    ),
    (
        "Oke, saya tunggu gantinya.",
        "Sudah saya kirim fotonya, kok belum dibalas lagi?",
        "Appreciate the quick fix 👍",
        "Nah gitu dong, makasih min",
    ),
)
PRAISE = Topic(
    (
        "Enak banget {item}-nya, besok beli lagi ah 😍",
        "Barista di {city} ramah sekali, juara! 🏆",
        "Best {item} I've had this year, greetings from {city}",
        "Raos pisan euy kopina, hatur nuhun! 🔥",
        "Uenak tenan, Cak! Wis cocok karo gorengan 😋",
        "Becik pesan kopine, matur suksma Kopi Senja 🌺",
        "Akhirnya kesampaian nyobain {item}. Senja banget rasanya 🌇",
        "Playlist kedai {city} tadi sore enak, boleh minta judulnya?",
        "Ibu saya yang tidak suka kopi minta tambah {item} 😂",
        "☕☕☕☕☕",
    ),
    (
        "Wah, terima kasih banyak kak! Sampai jumpa lagi ☕",
        "You made our day, thank you!",
        "Hatur nuhun, kang! Ditunggu di {city} 😊",
    ),
    ("Sama-sama, sukses terus!", "Besok ajak teman sekantor 😄", "Can't wait to be back", "Siap min 🔥"),
)
PRICE = Topic(
    (
        "{item} harganya berapa kak?",
        "Masih {price} nggak min yang kemarin?",
        "Diskon {item} sampai kapan?",
        "Kalau beli {kilos} kg dapat potongan?",
        "How much is {item} including shipping to {city}?",
        "Regane piro, Mbak? Sing {item}",
        "Sabaraha pangaosna {item} nu sakilo?",
        "Voucher SENJA tidak bisa dipakai di aplikasi, kenapa ya",
        "Kok di {city} lebih mahal daripada di katalog?",
    ),
    (
        "Untuk {item} sekarang {price} kak, belum ongkir ya.",
        "It's {price}, and shipping to {city} is flat.",
        "Promonya sampai akhir pekan ini kak, jangan sampai lewat 😉",
    ),
    ("Oke kak, checkout sekarang", "Wah mahal juga… pikir-pikir dulu", "Perfect, ordering {kilos} bags", "Nuhun!"),
)
DELIVERY = Topic(
    (
        "Bisa kirim ke {city}? Ongkirnya berapa?",
        "Kirim hari ini sampai kapan kak kalau ke {city}",
        "Do you ship {item} abroad?",
        "Ada pengiriman instan nggak min? Stok di rumah habis 😭",
        "Iso dikirim nganggo bis, Mas? Omahku pelosok {city}",
        "Kurirnya bilang alamat tidak ada, padahal dekat sekali dengan kedai {city}",
        "Bungkusnya bisa untuk kado, kak? Pakai pita 🎁",
    ),
    (
        "Bisa kak, ke {city} biasanya 2–3 hari.",
        "We ship to {city} every Tuesday and Friday.",
        "Ada kak, instan sampai pukul 17.00 untuk radius 10 km 🛵",
    ),
    (
        "Oke, saya pesan sekarang",
        "Sip, ditunggu paketnya 📦",
        "Perfect, thanks",
        "Lho, kok ongkirnya beda di aplikasi?",
    ),
)
WHOLESALE = Topic(
    (
        "Kak, mau tanya harga grosir {item}, kebutuhan {kilos} kg per bulan untuk warung di {city}",
        "Ada paket untuk kantor? Kami 45 orang, mesinnya sudah ada",
        "We run a small café in {city} and would like samples of {item}.",
        "Minat jadi reseller, syaratnya apa saja min?",
        "Nuwun sewu, tumbas {kilos} kilo saged dipun giling kasar?",
        "Bisa buat suvenir nikah 300 bungkus kecil? Untuk bulan depan 💍",
    ),
    (
        "Bisa kak! Daftar harga grosir kami kirim lewat surel, boleh minta alamatnya?",
        "Gladly! Which grind and how many kilos a month?",
        "Untuk {kilos} kg ke atas ada harga khusus, kak.",
    ),
    (
        "Sudah saya kirim surelnya ya",
        "About {kilos} kg a month to start",
        "Kalau contoh dulu bisa?",
        "Ditunggu penawarannya 🙏",
    ),
)
COLLABORATION = Topic(
    (
        "Halo Kopi Senja, komunitas sepeda {city} ingin kerja sama acara Minggu pagi 🚲",
        "Kami majalah kampus di {city}, boleh wawancara soal {item}?",
        "Hi, I draw latte-art comics. Would you like a series on your page?",
        "Min buka sponsor acara musik akustik? Proposal siap 🎸",
        "Kelas seduh di {city} ada lagi nggak? Kemarin kehabisan tempat",
        "Boleh titip rak buku kecil di kedai {city}? Gratis baca 📚",
    ),
    (
        "Menarik sekali kak! Kirim proposalnya ke kami ya, kami baca minggu ini.",
        "We'd love to see it, please send us two samples!",
        "Kelas berikutnya bulan depan, kak; nanti kami kabari.",
    ),
    ("Proposal sudah dikirim ya kak", "Sent! Looking forward", "Daftarkan dua orang dong 🙋", "Siap, matur nuwun"),
)
PRODUCT = Topic(
    (
        "{item} cocok untuk V60 atau lebih enak tubruk?",
        "Ini robusta atau arabika ya kak?",
        "Ada yang rendah kafein? Istri saya lagi hamil",
        "What grind size do you suggest for {item} in a moka pot?",
        "Tahan berapa lama setelah dibuka bungkusnya?",
        "Susu oat ada nggak di kedai {city}? 🌾",
        "Suhu air seduhnya berapa, min? Punyaku pahit terus",
        "Kopi ieu kanggo jalmi nu gaduh maag aman teu?",
        "{item} kapan ada lagi? Sudah habis terus seminggu ini",
    ),
    (
        "Paling enak V60 kak: 15 g, air 92 °C, 2 menit 30.",
        "Medium-coarse, and take it off the heat early 🙂",
        "Ada kak, coba yang dekaf; stok baru masuk lusa.",
    ),
    (
        "Wah beneran jadi manis! 🙌",
        "Masih pahit nih kak, kurang apa ya",
        "That worked, thanks!",
        "Oke dicoba besok pagi",
    ),
)
REVIEW = Topic(
    (
        "★★★★★ Tempatnya teduh, {item}-nya mantap. Bakal balik lagi.",
        "★★★★☆ Kopi enak, parkir di {city} sempit.",
        "★★☆☆☆ Pelayanan lambat, mejanya lengket.",
        "★★★★★ Lovely staff, honest prices, great {item}.",
        "★☆☆☆☆ Pesan {item}, dapatnya teh. Dua kali!",
        "★★★☆☆ Biasa saja untuk {price}, tapi suasananya enak.",
        "★★★★★ Sae pisan, jempol! 👍👍",
    ),
    (
        "Terima kasih ulasannya kak, ditunggu kembali di {city}!",
        "Mohon maaf atas pengalamannya kak, tim {city} sudah kami tegur.",
    ),
    ("Sip, saya ubah bintangnya kalau sudah beres", "Noted, thank you"),
)
LISTENING = Topic(
    (
        "ada yang sudah coba kopi senja di {city}? katanya {item}-nya enak",
        "ngopi sore di kopi senja {city}, hujan, sempurna 🌧️",
        "kopi senja apa kedai sebelah ya enaknya…",
        "anyone tried the {item} from kopi senja? worth {price}?",
        "promo kopi senja bikin dompet menangis 😭",
        "kerja dari kopi senja {city} hari ini, wifinya kencang",
    ),
    ("Halo kak, mampir ya, {item}-nya baru disangrai kemarin ☕",),
    ("eh dibales admin 😳", "oke besok ke sana"),
)

PUBLIC = (ORDER, HOURS, COMPLAINT, PRAISE, PRAISE, PRICE, DELIVERY, COLLABORATION, PRODUCT)
PRIVATE = (ORDER, ORDER, HOURS, COMPLAINT, PRICE, DELIVERY, WHOLESALE, PRODUCT, COLLABORATION)

TAILS = ("", "", "", "", " 🙏", " kak", " 😊", " 🤔", " ya", " ☕", " !!", " (serius nanya)")
EDITS = (
    " (edit: sudah ketemu, makasih)",
    " EDIT: salah ketik, maksudnya yang besar",
    " [diedit] tolong dibalas ya 🙏",
    " — edit: it works now",
)

ITEMS = (
    "Senja Blend", "Gayo Wine", "Toraja Sore", "Kopi Susu Aren", "Bajawa Honey", "Robusta Dampit", "Es Kopi Pandan",
    "Cold Brew Jingga", "Dekaf Ciwidey", "Kintamani Natural", "Arabika Ijen", "Tubruk Klasik",
)  # fmt: skip
CITIES = (
    "Bandung", "Solo", "Denpasar", "Malang", "Makassar", "Medan", "Yogya", "Bogor", "Semarang", "Padang", "Kupang",
    "Manado",
)  # fmt: skip
PRICES = ("18 ribu", "22 ribu", "27.500", "35 ribu", "89 ribu", "125 ribu", "Rp 210.000")

# Any first name with any of these surnames: nobody is called so.
FIRST = (
    "Ayu", "Bayu", "Cahya", "Dimas", "Eka", "Fajar", "Gita", "Hana", "Indra", "Jaka", "Kirana", "Laras", "Made",
    "Nyoman", "Oka", "Putri", "Rangga", "Rina", "Sari", "Tirta", "Ujang", "Vina", "Wulan", "Yoga", "Zahra", "Asep",
    "Bagus", "Cici", "Dadang", "Endah", "Galih", "Ketut", "Lilis", "Mega", "Neneng", "Paijo", "Ratih", "Slamet",
    "Teguh", "Wayan",
)  # fmt: skip
SECOND = (
    "Arabika", "Robusta", "Tubruk", "Sangrai", "Ampas", "Cangkir", "Teko", "Saring", "Susu", "Gula", "Aren", "Luwak",
    "Moka", "Crema", "Biji", "Senduk", "Termos", "Warung", "Embun", "Senja", "Jingga", "Kafein", "Ngantuk", "Melek",
)  # fmt: skip

# What a stranger might write to break a screen; the adapter cleans them as it would anybody's text.
HOSTILE = (
    "[red]diskon[/red] 90% khusus hari ini [bold]klik sekarang[/bold]",
    "[@click=app.quit]klik[/] untuk voucher gratis",
    "Z̸̡̛̲̗͇̻̠̯̥̳͙̹͒̎́͐̓̂̇̈́͌͝a̶̢̡̛̤̺͓͔͇̭̳̦̐̈́̓̄̌͛͂͘͝l̵̨̧̛͍̗̺̞̤̤̻͋̿̈́̃̍̅̀̚͠g̶̢̛̜̹̻̥̙͈̞̬̏̂̈́̐̒̾͌̾͘o̷̡̨̠̣̙̺͚̟̯̓̑̑͐̄̌̈́̕͘͝ kopi saya kok begini",
    "مرحبا، هل القهوة متوفرة في جاكرتا؟ \u202eatned ipok\u202c שלום",
    "全角の珈琲をください。漢字とカナとＡＢＣ、한국어도 섞어서 씁니다 ☕️",
    "Keluarga kami 👨‍👩‍👧‍👦 suka kopi 🏳️‍🌈👩🏽‍🚀🧑🏿‍🤝‍🧑🏻 dan bendera 🇮🇩🇯🇵",
    "Kak mau curhat. " + "Kopinya enak tapi antreannya panjang sekali, dari pintu sampai parkiran. " * 60,
    "\x1b]0;dibajak\x07\x1b[31mmerah\x1b[0m\x1b[2J kok layarnya jadi begini?",
    "baris satu\r\nbaris dua\n\n\n\nbaris tujuh\tdengan\ttab\x00dan nol",
    "</script><script>alert('kopi')</script> '; DROP TABLE mention; -- ${PATH} %s {0}",
    "\u200b\u200d\u2066tak terlihat\u2069\ufeff\u00ad lalu tautan [link=https://jebakan.example]resmi[/link]",
    "A" * 400 + " tanpa spasi",
)
