"""The Chinese poems of ``verses`` are regulated verse: characters a line, tones, rhyme, and the pattern that each is labelled with."""
from collections import Counter

import pytest

from artengine_corpora.verses import Verses

# the tones, in the 106 平水韻, of the characters used: level, oblique, and those that may be either; a variant goes by its standard form
LEVEL = """
乾亡人今仍他低何來侵修偏停偷僧先光全兵冰函初前剛加勻千升南原同名君吞吾喉嘗圍園圓圖垂城堆塘塵壺多天奴娃娘嬰孤安完家容寒尋
尖居層山巖川州工平年床彎心忙情惟愁懸成投披拖招拼持推提揚撐文斑斜新方明昏星春時晴暄書曾朝村杯東枝柯梁梅梭棉槐樓橋橙機檀歌
歸殘毫江沉河泉流浮消涯涼添清湖溫滂漁漿潮濃濤灰無煙煨燈爐爭牆牌牙牛狂狸猜玄珠班琴瓶瓷生疑疲痕皆皮盆盤眉眠眸知碑秋科移稀窗
窮童端竿筐筒篙篷簷籃籌籬糧紅終絲繩纔羅羊群羹翁翻聲肥肩能腰臺舟船艙良花苔苗茶荒蓑薑藍虛蛟蝸融螢蟬蟲街衫裘西規言詞詩誰談貓
身車輪辰途通逢還邊郵鄰金針鈴鉤銀銅銜鐘門開關阿陽隅階雙雛雞雲雷霜霞青非靴鞋音須頭顰風飛餐餘香馴騷魚鱗鳩鳴鹹黃鼾
"""
OBLIQUE = """
一上下世主久九也亂事互五井亦亮代件似位作信個借假健偶傘像入兩典再凍凳出切別到刻剃剝剪力動勺匠匣十卅半印即卸去又及口各合吐
向哭唱問啟喚四國土在地址坐垢堰墜墨壁夏外夜大夾女始婦子孔字學守客密寸對小少尚尺屋嶺巨已巷市帶帽底座廠引影往待後得復忍忽怒
怕怪恐恰想慢慣慰我戴戶所手打扣抑抱拆拍拭拾指按掃掘掛掩撥擱擺故敢散數斷日是晚暖曉曬替會月有木未末杖板枕果案桶樣樹檢櫃歇此
步歲殼每氣水汲汽海淡渡滅滑滿漆漏漬潤濕瀉火煞照熱爆物犬獨瓦畫異疊瘦白百盒盞盡直眼睡睫短石破碎碗碾票秒秤種稻積立站竹笑笛筆
等答算管篋簿米粉粥紐紙細綠網線縮縷總繞缺羽老者肯背腳臥自至舉舊舶色莫菜萬落葉著蒜蓋藥處蟻袖裂裏補裹襖見覺角解記設註試話認
語誤說證識譜讀讓豆貼賣赤起路踏軌載轉辨近退送進遂遍道遠避釋里釣錯鏡鏽鐵鑰鑷闊隔雀雁雨雪電霧面響頁領頸顧食髮鬢鬼鶴麵黑點鼎
齒
"""
EITHER = """
三不中了兒共分占卷反句只呼和員唯回圈夢如妻封將屏師幾廷張從扇搖攤收教旋更橫母沱油沾泥浪深湯漢漫漸灘燒燕牽猶留當盛相看磨祖
空穿縫罷聞聽與荷菌藏行衣裝要輕輸迎過遲鄉醒重量釘鋪錢鍵長間離難題鹽龍
"""
# the characters that rhyme, by class
CLASSES = """
十蒸 僧冰燈
一先 偏千圓川年泉煙玄眠肩邊
十一尤 州愁投收樓流眸秋籌舟頭
十四寒 乾安完寒漫看
七陽 亡光塘張方梁涼湯牆筐糧艙行長香黃
十三元 吞昏暄村溫痕盆言門
八庚 城平情成明更清爭生羹聲行輕迎鳴
十二侵 心深琴針音
十一真 人勻塵春身辰顰馴
四支 時知籬絲詩遲
一東 中同東空紅翁融風
九佳 街鞋
九青 廷星螢醒青
八齊 低泥西
五微 歸稀非飛
五歌 多柯歌沱河羅荷過
十灰 來回堆梅灰臺開
六麻 家花霞
七虞 孤無珠輸隅
十五刪 彎斑還
"""
TONES = {mark: tone for tone, marks in (("平", LEVEL), ("仄", OBLIQUE), ("平仄", EITHER)) for mark in "".join(marks.split())}
RHYMES = {line.split()[0]: line.split()[1] for line in CLASSES.split("\n") if line}
SHAPE = {"五绝": (4, 5), "七绝": (4, 7), "五律": (8, 5), "七律": (8, 7)}
# a line's last five tones, * for either: a, b end on an oblique tone, A, B on a level one; a second choice is the licence of the form
KINDS = {"a": ("*仄*平仄",), "b": ("*平平仄仄", "平平仄平仄"), "A": ("*仄仄平平",), "B": ("平平*仄平", "仄平平仄平")}
# how lines follow each other (粘, 對), for lines of five: by the second character of the first line, and whether that line rhymes
FOLLOW = {"仄起首句不入韻": "aBbA", "仄起首句入韻": "ABbA", "平起首句不入韻": "bAaB", "平起首句入韻": "BAaB"}
TURNED = str.maketrans("仄平", "平仄")


def kinds(pattern, lines, width):
    """The kind of each line."""
    begins = pattern if width == 5 else pattern[0].translate(TURNED) + pattern[1:]  # seven are five with two before
    first = FOLLOW[begins]
    return first + (FOLLOW[begins.replace("首句入", "首句不入")] if lines == 8 else "")


def fits(line, kind):
    if len(line) == 7:
        before = "平" if KINDS[kind][0][1] == "仄" else "仄"
        if before not in TONES[line[1]]:
            return False
        line = line[2:]
    return any(all(want in ("*", *TONES[mark]) for mark, want in zip(line, tones, strict=True)) for tones in KINDS[kind])


def faults(lines, rhyme, pattern):
    """The lines out of pattern, and the ends out of rhyme."""
    follow = kinds(pattern, len(lines), len(lines[0]))
    ends = [line[-1] for line, kind in zip(lines, follow, strict=True) if kind in "AB"]
    return ([line for line, kind in zip(lines, follow, strict=True) if not fits(line, kind)]
            + [end for end in ends if end not in RHYMES[rhyme]] + [end for end, n in Counter(ends).items() if n > 1])


def marks(poem):
    return ["".join(mark for mark in line if mark not in "，。？") for line in poem.lines]


@pytest.fixture(scope="module")
def poems():
    return [poem for poem in Verses(None, None, None) if poem.language == "zh-Hant"]


def test_shape_and_punctuation(poems):
    for poem in poems:
        lines, width = SHAPE[poem.labels["form"]]
        assert [len(line) for line in marks(poem)] == [width] * lines, poem.title
        for i, line in enumerate(poem.lines):
            assert line[width:] in (("。", "？") if i % 2 else ("，", "？")), poem.title


def test_tones_follow_the_pattern_and_the_rhymes_stand_in_one_class(poems):
    assert {poem.title: bad for poem in poems if (bad := faults(marks(poem), poem.labels["rhyme"], poem.labels["pattern"]))} == {}


def test_every_pattern_is_there(poems):
    for form in ("五绝", "七绝"):
        assert {poem.labels["pattern"] for poem in poems if poem.labels["form"] == form} == set(FOLLOW)
    assert len({poem.labels["rhyme"] for poem in poems}) >= 15


def test_rhymes_are_in_level_tones():
    for ends in RHYMES.values():
        assert all("平" in TONES[end] for end in ends)


@pytest.mark.parametrize(("line", "kind"), [("孤村一點燈", "B"), ("一縷一爐煙", "A"), ("鄰人隔窗語", "b"), ("機輪吐雪似翻泉", "A")])
def test_lines_in_pattern(line, kind):
    assert fits(line, kind)


@pytest.mark.parametrize(("line", "kind"), [("一村一點燈", "B"),  # 孤平: one level tone but for the rhyme
                                            ("一縷門爐煙", "A"),  # 三平尾
                                            ("孤村點月白", "b"),  # three oblique tones at the end
                                            ("機吐輪雪似翻泉", "A")])
def test_lines_out_of_pattern(line, kind):
    assert not fits(line, kind)


def test_characters_are_traditional(poems):
    simplified = set("为国学书长门车东马鸟鱼风飞龙头见贝页说话语请让诗识词红绿线结给经纸钟钱铁银锁镜问间闻听声号叶张时岁灯炉烟热无尽旧")
    assert {poem.title: bad for poem in poems if (bad := simplified & set(poem.title + poem.body))} == {}
