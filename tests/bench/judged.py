"""Mail that somebody looks for, as they would say it, and the Message-ID of what they mean.

Of the development corpus; judged by reading the messages, not by what a search finds.
"""

JUDGED = {
    "how do you install redhat on workstations kickstart": "<20020821191551.GA6862@csn.ul.ie>",
    "GDC Europe usability testing Fulton": "<200210070800.g9780eK23251@dogma.slashnull.org>",
    "accepting credit cards increase revenues": "<200107221658955.SM01188@jenyb.aol.com>",
    "from:saou xine arts-devel configure script": "<20021006123628.0d199281.matthias@rpmforge.net>",
    "Labour leader sugaring bitter pills": "<200210020802.g9282jK31775@dogma.slashnull.org>",
    "from:pendlum sine waves flowgraph": (
        "<CAL7q81uTau5eRb-pEbVqU_+68gtmB_+NFiPHhPg8Pzb6CKXs4Q@mail.gmail.com>"
    ),
    "use perl stories Apress CPAN modules book": "<E17enRp-000844-01@cpu59.osdn.com>",
    "from:zeng N310 phase ambiguity PLL": (
        "<CAL0m=NYj=Xp+1dSchpfi0NxKv0MD2NkzL4T22OEb6VpaB3Xnvw@mail.gmail.com>"
    ),
    "Bryan Hunt Dell GX260 integrated chipset": "<5FE418B3F962D411BED40000E818B33C9C8E7F@HASSLE>",
    "El Gordo Lotterie Auszeichnungen": "<ccf9fa07e666ca501668869cb1ea0b73@respector.by>",
    "from:leitl Athlon FSB hammer": "<Pine.LNX.4.33.0208270442120.15190-100000@hydrogen.leitl.org>",
    "Aaron Smith master clock rate 48 MHz": (
        "<CAH2Hh70Gz9wyDZGcZtwaNO90iZJb0eJfZ3_yx0oh0z3rmP6zcg@mail.gmail.com>"
    ),
    "Jacques Bouchex": "<20221227225930.936A3E6C76BA2D61@savezone.co.kr>",
    "connect blocks dynamically UHD 4.0": (
        "<CAB__hTSYn8r7hXcGCfJxvz7nEk=9XmLhirDwP=VOk46Bw5NNfw@mail.gmail.com>"
    ),
    "Hettinga Nozick is dead Rawls": "<p05111a06b9b58d7c41ff@[66.149.49.6]>",
    "Rb module crystal filter Schmitt trigger": "<5F4E73F0.9010302@gmail.com>",
    "bug 1049 triplets.txt pathname": "<20021003202608.0BE97A877E@belphegore.hughes-family.org>",
    "Roi Dayan xine without arts": "<3D9FFE0A.20006@punkass.com>",
    "from:rifkin Real Microsoft Gartenberg": "<20020723060010.282862940AD@xent.com>",
    "FoRK Java VM removed kiddies": "<DAV38mbMvCBLvT7aTQ400008c1d@hotmail.com>",
    "Colby Boyer control DSA N310 daughter board": (
        "<CACxOa3Zr_hPaEtu1_OGHfZn=7B_t1CWmYBYasVYVkrg4ZOaSpg@mail.gmail.com>"
    ),
    "提高开发信的质量": "<000000000000c6fc3f05b5260da5@google.com>",
    "from:tom sigma designs XviD GPL correction": (
        "<Pine.BSO.4.44.0208231942110.16631-100000@crank.slack.net>"
    ),
    "asteroids divert the earth instead": "<029a01c2337b$458f5310$640a000a@golden>",
    "Marcus Leech B210 AD9361 two channels coherent": "<5EE43780.40600@gmail.com>",
    "interest rates slashed refinancing": "<200208060450.g764nxr13584@now9.takemetothesavings.com>",
    "spamassassin put report at bottom of message": "<200208281735.33851.jon.g@directfreight.com>",
    "install uninstall apg rpm vague": "<20020201191747.4ca19d1a.matthias@egwn.net>",
    "Garrigues can't reproduce sequences window": "<1029945287.4797.TMDA@deepeddy.vircio.com>",
    "credit problems web credit guide guaranteed": "<031e63c64e6c$3325c0c0$2ea45bd7@cylofr>",
    "Software Defined Radio Academy June 2020": ("<eef797fd890aad85621c836856a6748874362f3c.camel@relix.de>"),
    "global opportunity $53,719 per month": "<036a70b53e2b$5322a0b0$5eb85ad7@kmbikd>",
    "from:panu debian task packages RH8.0": "<Pine.LNX.4.44.0210021220140.6561-100000@chip.ath.cx>",
    "get in at the top weight loss product": "<200208240231.DAA13330@webnote.net>",
    "banned CD moral decay of society": "<000056f02e30$00000c8f$000051a7@mx1.mail.yahoo.com>",
    "red LINK LED zero samples multi_usrp object for each": "<5F16FBB6.2060805@gmail.com>",
    "brand name products Union since 1989": "<QEQBgLxHFe@mail.sysnet.net.tw>",
    "seth vidal php upgrade bugzilla 72007": "<1030057980.1199.4.camel@binkley>",
    "extended auto warranty quote": "<200209250643.g8P6hi923124@top13.bestoffersonthenet.com>",
    "Peter Kilby Groove Documentum": "<036901c26bdd$f2f03c50$0100a8c0@PETER>",
    "Leafmyst congratulations announcement": "<00fd01c294b4$6edee240$1cd0c150@xp1900>",
    "Angles null upgrade RH8 clean start old configs": "<20021002.5P6.35437100@www.dudex.net>",
    "Looney cups printers.conf Hp4050": "<20021008132740.GG23820@jinny.ie>",
    "Manuel Oko South Africa mines": "<20021203142037.ED16B341D0@lugh.tuatha.org>",
    "Virgin airliner cabin randy passengers": "<20020917221558.126A8EA0A@petting-zoo.net>",
    "Australia marine reserve sub-Antarctic": "<200210100804.g9A84QK14197@dogma.slashnull.org>",
    "two DPDK versions in one PC": "<CABpcK0qRMWYJ6AqdfFcdSE5ZGEywq=Rp6d5QE4nEKCc3r0_UXg@mail.gmail.com>",
    "zen garden hidden tree pattern": "<200209261532.g8QFWAg25106@dogma.slashnull.org>",
    "Seitensprung Sexabenteuer Farbmagazin": "<200209111720.TAA09773@mail2.heigl-salomon.at>",
    "robot census population": "<200210040800.g9480OK08793@dogma.slashnull.org>",
    "Steve Nordquist Amithlon laptop OpenBSD": "<20020910055423.096E829409A@xent.com>",
    "offre d'essai 49 liste emails professionnels": "<MN808LKS-QHM-ZZBA-AIFB-N30AVLNWCGWS@gmail.com>",
    "TPF October newsletter": "<E17zSZ8-0004iB-01@cpu59.osdn.com>",
    "d4x ftp search engines missing": "<20020904075504.391d7319.che666@uni.de>",
    "MyJCB ご利用確認": "<84F0A69E9D1406FF1D26A8735A09B3FE@jcb.co.jp>",
    "Saddam inspectors Vienna talks": "<200210010801.g9181XK15647@dogma.slashnull.org>",
    "ETC アカウント 停止": "<20211002044212015680@etc-meisai.jp>",
    "PCIe driver kernel version 5 Dickens": (
        "<CAGNhwTPihDDiCZhY=JfgPj604+9xZ6iUtwM-taSt1nRU0ZtUqQ@mail.gmail.com>"
    ),
    "Tim Peters spambayes deployment pickle size": "<LNBBLJKPBEHFEDALKOLCGEIPBCAB.tim.one@comcast.net>",
    "full duplex interfering with yourself filter receiver": (
        "<1cbe261c-2edb-885d-37a1-8589f71e9e3e@comcast.net>"
    ),
}
