# コマンドの結果、質問、注意。

note-simulated = SIMULATED（模擬）: 架空の住民 { $name } のカードです。本物の情報は含みません
note-serving = SIMULATED（模擬）: 架空の住民のカードです。本物の情報は含みません
note-busy = ほかのプログラムがカードを使っています。終わるのを待っています（Ctrl-C で中止）
note-waiting = リーダーとカードを待っています（Ctrl-C で中止）
note-cost = カードとのやりとり { $exchanges } 回、暗証番号の提示 { $presented } 回
note-one-attempt = { $pin }を誤ると残り回数が1回減ります
note-two-attempts = { $pin }はカードの2つのアプリケーションにあり、それぞれに提示します。誤ると残り回数が1回減ります
note-handling = 個人番号の取扱いを、番号を含めずに記録しました: { $path }
note-cannot-draw = このターミナルは画像を表示できないようです（kitty と iTerm2 では表示できます）
note-signature-certificate = 署名用電子証明書には氏名・住所・生年月日・性別が含まれます。この証明書や、これで署名した文書を受け取った人はそれを読めます。
note-trace-failed = 記録が完全ではありません。すべてを書き出せませんでした
note-done = 次のものはその前に完成しており、使えます:{ $files }
note-to-sign = 署名するもの:
note-disclosure = 署名用電子証明書が署名済みファイルに入ります。氏名・住所・生年月日・性別を、ファイルを手にした人は読めます。
note-time-stamp-unknown = タイムスタンプ局はここで知られているものではありません。検証する人がそれを信頼する必要があります (--trust DIR)

prompt-pin = { $pin } 残り{ $left }回（最大{ $maximum }回）:{" "}
prompt-pin-unknown = { $pin } 残り回数不明:{" "}
prompt-pin-left = { $pin } 残り{ $left }回:{" "}
prompt-one-of =
    次のどれでも開けます:{ $pins }
    どれを入力したかは桁数で見分けます:{" "}
prompt-new = 新しい{ $pin }:{" "}
prompt-again = 新しい{ $pin }をもう一度:{" "}
prompt-last-attempt =
    { $pin }は残り1回です（またはカードが残り回数を答えません）。
    誤るとロックされ、市区町村の窓口でしか元に戻せません。
    続けるには「最後」または last と入力してください:{" "}
prompt-disclosure = 進むには「はい」または yes と入力してください:{" "}

list-comma = 、

attempts-left = { $left ->
        [0] ロックされています（閉塞）
       *[other] 残り{ $left }回
    }
attempts-unknown = カードが答えません
attempts-profile-number-a = 照合番号A（券面事項入力補助AP）
attempts-profile-number-b = 照合番号B（券面事項入力補助AP）
attempts-visual-number-b = 照合番号B（券面事項確認AP）
attempts-visual-number-a = 照合番号A（券面事項確認AP）

field-absent = カードにありません
field-number = 個人番号
field-name = 氏名
field-address = 住所
field-birth = 生年月日
field-sex = 性別
field-expiry = 有効期限
field-security-code = セキュリティコードの画像

proof-row-signature = 記録の署名（証明された鍵によるもの）
proof-row-issuer = 鍵の証明（信頼する発行者によるもの）
proof-row-live = カードの応答（記録の鍵によるもの）
proof-row-not-covered = 署名の対象外
proof-row-not-proven = 証明されないこと
proof-valid = 有効
proof-invalid = 無効
proof-not-tried = 未検査
proof-certificate-malformed = 証明書を読めません
proof-issuer-domain = 発行者は別のアプリケーションのものです
proof-issuer-signature = 発行者の署名が合いません
proof-issuer-unknown = 信頼する発行者ではありません
proof-live-key = 応答した鍵を発行者が証明していません
proof-live-not-asked = カードに求めていません
proof-live-refused = カードが応答を断りました
proof-live-signature = 応答が合いません。この記録が書き込まれたカードではありません
proof-record-attributes-digest = 氏名・住所・生年月日・性別が署名されたものと違います
proof-record-closed = 署名のファイルを開けませんでした
proof-record-malformed = 記録を読めないか、署名の対象の項目がありません
proof-record-number-digest = 個人番号が署名されたものと違います
proof-record-offsets = 位置の表が項目の場所と合いません
proof-record-order = 項目の順序が署名されたものと違います
proof-record-signature = 署名が合いません
proof-card-status = カードの紛失や再発行が届け出られていないか
proof-records-not-bound = この情報がこのカードのものであること。応答した鍵とは結び付いていません（`genuine face` で証明できます）

cv-subject = 証明された鍵
cv-issuer = 発行者の鍵
cv-domain = アプリケーション
cv-domain-profile = 券面事項入力補助AP
cv-domain-visual = 券面事項確認AP
cv-domain-issuer = 発行者ドメイン
cv-revocation = この種の証明書には有効期間も失効もありません。

age-yes = はい
age-no = いいえ
age-unknown = 不明: 生年月日の一部がカードにありません
age-not-proven = 読み取っただけで、何も証明していません。

face-portrait = 顔写真
face-name = 氏名
face-address = 住所
face-security-code = セキュリティコード
face-text = テキスト

readers-none = リーダーがつながっていません
readers-empty = 空
readers-card = カードあり
readers-busy = カードあり（ほかのプログラムが占有中）
readers-mute = 応答しないもの
readers-residents = 見本の住民（--reader sim:名前）: { $names }

status-reader = リーダー
status-card = カード
status-applications = アプリケーション
status-device-plastic = マイナンバーカード（個人番号カード）
status-device-resident-card = 住民基本台帳カード
status-device-android = Android スマートフォン
status-device-iphone = iPhone
status-device-unknown = 未知の種類
status-present = あり
status-absent = なし
status-not-told = カードが答えません

cert-subject = 主体者
cert-issuer = 発行者
cert-issuer-japanese = 発行者（日本語）
cert-serial = シリアル番号
cert-from = 有効期間の開始
cert-until = 有効期間の終了
cert-expired = （期限切れ）
cert-key = 鍵
cert-usage = 鍵の用途
cert-policy = ポリシー
cert-policy-production = （実在の人に発行）
cert-policy-test = （試験用に発行）
cert-policy-foreign = （公的個人認証のものではありません）
cert-crl = 失効リスト
cert-ocsp = OCSP
cert-fingerprint = SHA-256
cert-name = 氏名
cert-address = 住所
cert-birth = 生年月日
cert-sex = 性別
cert-has-substitutes = （代替文字を含みます）
cert-no-name = この電子証明書に氏名・住所・生年月日は含まれません。それでも更新されるまでは持ち主を見分けられます。

sign-done = { $input } → { $output }（{ $algorithm }）
sign-skipped = 署名済み
sign-size = { $bytes } バイト
progress-files = ファイル

pin-accepted = カードは{ $pin }を受け付けました。
pin-changed = { $pin }を変更しました。

sim-name = 名前
sim-about = 説明
sim-invented = ［架空: 現在のカードにはありません］
sim-card-number = カード番号
sim-municipality = 市区町村コード
sim-expiry = 有効期限
sim-published = 公開されている暗証番号（何も守りません）:
sim-quirks = このカードがふつうと違うところ:
sim-in-use = ほかのプログラムが使用中
sim-was-reset = { $name } のカードを発行時の状態に戻しました。
sim-made = { $path } を書き出しました。使い方: mynacard --reader sim:{ $name } status
sim-pki-hint = 試し方: mynacard verify-cert --trust sim DIR/cases/名前.der

serve-waiting = { $name }: ポート { $port } のリーダーを待っています
serve-connected = { $name }: リーダーに入りました
serve-disconnected = { $name }: リーダーがなくなりました。探しています
serve-lifted = { $name }: 取り上げられました
serve-taken-out = { $name }: 取り出しました
serve-reissued = { $name }: 発行時の状態に戻しました
serve-not-reissued = { $name }: 記憶を消せません
serve-no-card = { $name }: そのようなカードはありません
serve-no-command = コマンド: insert 名前、remove 名前、reset、quit

trace-bytes = { $bytes }バイト
trace-secret = ［暗証番号は記録されません］
trace-presenting = ・これ以降、カードに忘れさせる必要があります
trace-was-reset = ・ほかのプログラムがカードをリセットしていました
trace-left-as-is = ・トランザクション終了、カードはそのまま
trace-left-reset = ・トランザクション終了、カードをリセット
trace-left-power-off = ・トランザクション終了、カードの電源を切断
trace-totals = やりとり { $exchanges } 回、暗証番号の提示 { $presented } 回

meaning-9000 = 完了
meaning-left = 残り{ $left }回
meaning-blocked = 閉塞
meaning-6300 = 照合されていません
meaning-6282 = ファイルの終わり
meaning-61 = 続きのデータあり
meaning-6C = 正確な長さの指定が必要
meaning-6700 = 長さが違います
meaning-6982 = 先に暗証番号が必要
meaning-6983 = 閉塞
meaning-6984 = 閉塞
meaning-6985 = 条件を満たしません
meaning-6986 = 何も選択されていません
meaning-6A80 = データが違います
meaning-6A82 = 存在しません
meaning-6A83 = レコードがありません
meaning-6A86 = パラメーターが違います
meaning-6A88 = 対象がありません
meaning-6B00 = 終わりを越えています
meaning-6D00 = 未知のコマンド
meaning-6E00 = 未知のクラス
meaning-6F00 = 理由なし
meaning-other = このプログラムの一覧にありません
meaning-removed = カードが取り出されました
meaning-reset = ほかのプログラムがカードをリセットしました
meaning-gone = リーダーが外されました
meaning-power = カードの電源が切れました
meaning-lost = 応答が失われました

target-jpki = 公的個人認証AP
target-profile = 券面事項入力補助AP
target-visual = 券面事項確認AP
target-resident = 住基AP
target-common = 共通カードAP
target-issuer-domain = 発行者ドメイン
target-jpki-0001 = 署名用電子証明書
target-jpki-0002 = 署名用電子証明書の認証局の証明書
target-jpki-0006 = トークン情報
target-jpki-0008 = 電子証明書の一覧
target-jpki-000A = 利用者証明用電子証明書
target-jpki-000B = 利用者証明用電子証明書の認証局の証明書
target-jpki-0017 = 利用者証明用秘密鍵
target-jpki-0018 = 利用者証明用電子証明書暗証番号
target-jpki-001A = 署名用秘密鍵
target-jpki-001B = 署名用電子証明書暗証番号
target-common-0001 = カード番号
target-common-0002 = 鍵の参照
target-common-0019 = 内部認証鍵
target-common-001C = 住民基本台帳用暗証番号
target-profile-0001 = 個人番号
target-profile-0002 = 基本4情報
target-profile-0003 = 番号と4情報の署名
target-profile-0004 = 証明書
target-profile-0005 = AP基本情報
target-profile-0006 = セッション鍵のための鍵
target-profile-0007 = 内部認証用の鍵
target-profile-0011 = 券面事項入力補助用暗証番号
target-profile-0014 = 照合番号A
target-profile-0015 = 照合番号B
target-visual-0001 = 生年月日の記録
target-visual-0002 = 券面
target-visual-0003 = AP基本情報
target-visual-0004 = 証明書
target-visual-0005 = 個人番号の画像
target-visual-0011 = 生年月日
target-visual-0012 = 照合番号B
target-visual-0013 = 照合番号A
target-resident-0002 = 鍵の参照
target-resident-001C = 住民基本台帳用暗証番号

web-eid-login = { $origin } がマイナンバーカードでのログインを求めています。
web-eid-read = { $origin } に署名用電子証明書を渡します。
web-eid-signing = { $origin } に署名を渡します。
web-eid-disclose = { $origin } が署名用電子証明書を求めています。氏名・住所・生年月日・性別が含まれ、サイトはそれを保存できます。署名では暗証番号を2回（今と、署名のとき）尋ねます。
web-eid-sign = { $origin } が文書への署名を求めています。署名するのはサイトが表示した内容です。カードはそれを表示できません。
web-eid-agree = 同意する
web-eid-again = もう一度
web-eid-written = 書き出しました
web-eid-removed = 取り除きました
web-eid-absent = ありませんでした
web-eid-foreign = ほかのプログラムのものなので、そのままです
